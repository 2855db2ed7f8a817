//! `huimin admin`: the first administrator.

use super::{Outcome, Place, ground::Ground};
use clap::Subcommand;
use server::{City, Config, Store};

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Make the first administrator: prints a link, good for seven days, at which they set their password and second factor.
    Create {
        /// Their e-mail address.
        #[arg(long)]
        email: String,
        /// Their name as colleagues see it.
        #[arg(long)]
        name: String,
        /// The address people reach the app at.
        #[arg(long, env = "HUIMIN_PUBLIC_URL", default_value = "http://127.0.0.1:3000")]
        public_url: String,
    },
}

pub(super) async fn run(what: What, place: Place) -> Outcome {
    let ground = Ground::open(&place).await?;
    let What::Create { email, name, public_url } = what;
    let store = Store::connect(ground.app_options(), 2, ground.vault()?).await.map_err(|e| e.to_string())?;
    let city = City::new(store, Config { demo: false, public_url, ..Config::demo(ground.data_dir.clone()) });
    let link = server::account::staff::create_administrator(&city, &email, &name).await.map_err(super::city::told)?;
    println!("{link}");
    ground.close().await
}
