//! Who there is to sign in: the residents of the demo city who have done the real-name check, and its printed staff.

use crate::{
    applicant::{Trouble, led_to},
    browser::Browser,
};
use server::{Vault, seed::PASSWORD};
use sqlx::PgConnection;
use totp_rs::{Builder, Secret};
use uuid::Uuid;

/// The addresses to sign in with, always in the same order. `superuser`: a connection that sees every account.
///
/// # Errors
/// What the store or the vault says.
pub async fn residents(superuser: &mut PgConnection, vault: &Vault) -> Result<Vec<String>, String> {
    let rows: Vec<(Uuid, Vec<u8>)> = sqlx::query_as(
        "SELECT id, email_sealed FROM account
         WHERE demo AND person_id IS NOT NULL AND staff_name IS NULL AND email_sealed IS NOT NULL ORDER BY id",
    )
    .fetch_all(superuser)
    .await
    .map_err(|e| e.to_string())?;
    rows.iter().map(|(id, sealed)| vault.open_text("account.email", *id, sealed).map_err(|e| e.to_string())).collect()
}

/// Signs a browser in as one of the staff that the program prints at its start: `printed` is what it said, `mailbox`
/// what stands before the at sign.
///
/// # Errors
/// When nobody of that name is printed; see [`Trouble`].
pub fn sign_in_staff(browser: &mut Browser, printed: &str, mailbox: &str) -> Result<(), Trouble> {
    let refused = |why: String| Trouble::Refused(why);
    let row = printed.lines().map(str::trim_start).find(|l| l.split('@').next() == Some(mailbox));
    let mut words = row.unwrap_or_default().split_whitespace();
    let (Some(contact), Some(secret)) = (words.next(), words.next()) else {
        return Err(refused(format!("{mailbox} is not printed")));
    };
    let code = totp(secret).map_err(refused)?;
    led_to(browser.post("/api/account/sign-in", &[("contact", contact), ("password", PASSWORD)]))?;
    led_to(browser.post("/api/account/second-factor", &[("code", &code)])).map(drop)
}

/// The code of this moment.
fn totp(secret: &str) -> Result<String, String> {
    let secret = Secret::try_from_base32(secret).map_err(|e| e.to_string())?;
    let totp = Builder::new().with_secret(secret).with_account_name("load").with_issuer(Some("load")).build();
    totp.map(|t| t.generate_current().to_string()).map_err(|e| e.to_string())
}
