//! `huimin admin`: creation of the first administrator, and reset of the last one's lost authenticator.

use super::{DataLocation, Outcome, context::CommandContext};
use clap::Subcommand;
use server::pillars::LIVES;
use server::{
    AppState, Config, Store,
    account::{lost_authenticator, organisations::Names, staff},
};

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Create the first administrator: prints a link, valid for seven days, at which they set their password and second factor.
    Create {
        /// Their e-mail address.
        #[arg(long)]
        email: String,
        /// Their name as colleagues see it.
        #[arg(long)]
        name: String,
        /// The Chinese name of the city's own organisation; needed once, to create it.
        #[arg(long, requires = "city_en")]
        city: Option<String>,
        /// Its English name.
        #[arg(long, requires = "city")]
        city_en: Option<String>,
        /// The public address of the app.
        #[arg(long, env = "HUIMIN_PUBLIC_URL", default_value = "http://127.0.0.1:3000")]
        public_url: String,
    },
    /// Remove the lost authenticator and the password of the last administrator, whom no other administrator can reset.
    ResetAuthenticator {
        /// Their e-mail address.
        #[arg(long)]
        email: String,
    },
}

pub(super) async fn run(what: What, location: DataLocation) -> Outcome {
    let context = CommandContext::open(&location).await?;
    let store = Store::connect(context.app_options(), 2, context.vault()?).await.map_err(|e| e.to_string())?.with(LIVES);
    let config = Config { demo: false, ..Config::demo(context.data_dir.clone()) };
    match what {
        What::Create { email, name, city, city_en, public_url } => {
            let names = city.zip(city_en).map(|(zh, en)| Names { zh, en });
            let state = AppState::new(store, Config { public_url, ..config });
            let link =
                staff::create_administrator(&state, &email, &name, names.as_ref()).await.map_err(super::city::error_message)?;
            println!("{link}");
        }
        What::ResetAuthenticator { email } => {
            lost_authenticator::reset_by_operator(&AppState::new(store, config), &email)
                .await
                .map_err(super::city::error_message)?;
            println!("They choose a new password at /reset and set up a new authenticator when they sign in.");
        }
    }
    context.close().await
}
