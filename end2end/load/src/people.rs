//! Who there is to sign in: the residents of the demo city who have done the real-name check.

use server::Vault;
use sqlx::PgConnection;
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
