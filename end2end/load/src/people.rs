//! Finds people who can sign in: verified residents of the demo city, and the staff that `huimin serve` prints.

use crate::{
    applicant::{RequestError, redirect_target},
    browser::Browser,
};
use server::{Vault, seed::PASSWORD};
use sqlx::PgConnection;
use totp_rs::{Builder, Secret};
use uuid::Uuid;

/// The e-mail addresses of the residents, always in the same order. `superuser` is a connection that sees every account.
///
/// # Errors
/// When the database or the vault fails.
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

/// Signs in as one of the staff whose accounts `huimin serve` prints. `printed` is that output, `mailbox` the local part of
/// the email address.
///
/// # Errors
/// When the mailbox is not printed; see [`RequestError`].
pub fn sign_in_staff(browser: &mut Browser, printed: &str, mailbox: &str) -> Result<(), RequestError> {
    let rejected = |why: String| RequestError::Rejected(why);
    let row = printed.lines().map(str::trim_start).find(|l| l.split('@').next() == Some(mailbox));
    let mut words = row.unwrap_or_default().split_whitespace();
    let (Some(contact), Some(secret)) = (words.next(), words.next()) else {
        return Err(rejected(format!("{mailbox} is not printed")));
    };
    let code = totp(secret).map_err(rejected)?;
    redirect_target(browser.post("/api/account/sign-in", &[("contact", contact), ("password", PASSWORD)]))?;
    redirect_target(browser.post("/api/account/second-factor", &[("code", &code)])).map(drop)
}

/// The current code of the second factor.
fn totp(secret: &str) -> Result<String, String> {
    let secret = Secret::try_from_base32(secret).map_err(|e| e.to_string())?;
    let totp = Builder::new().with_secret(secret).with_account_name("load").with_issuer(Some("load")).build();
    totp.map(|t| t.generate_current().to_string()).map_err(|e| e.to_string())
}
