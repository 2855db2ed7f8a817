//! Invitations to staff: by an administrator, or for the first one by whoever operates the machine; accepted by the
//! link in the e-mail.

use super::{
    actor::{Actor, Task},
    administration::{About, Act, note},
    contact::Contact,
    organisations::{Names, Organisation, city_or_new},
    password,
    sign_up::{account_of, insert},
    staff::MANAGE,
    throttle::Guess,
    totp::{self, Enrolment},
};
use crate::{
    AppState,
    error::Result,
    notices::mailer::{Message, To, send},
    store::Tx,
    vault::sha256,
};
use sea_orm::FromQueryResult;
use shared::{
    Complaint, FieldError, Lang, Problem,
    account::{Email, Role},
    texts::account as text,
};
use uuid::Uuid;

/// Days an invitation is good for.
const DAYS: i32 = 7;
/// Most characters of a name.
const NAME_MOST: u32 = 50;

/// An invitation as its recipient sees it before accepting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationView {
    /// The name.
    pub staff_name: String,
    /// The address, masked.
    pub email: String,
    /// The role.
    pub role: Role,
    /// Where, in Chinese.
    pub organisation_zh: String,
    /// Where, in English.
    pub organisation_en: String,
    /// Whether there is an account with this address already: its password is asked for instead of a new one.
    pub has_account: bool,
}

/// An accepted invitation.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The account.
    pub account: Uuid,
    /// The authenticator to set up; none for an account that has one.
    pub enrolment: Option<Enrolment>,
}

/// Invites somebody to a role in an organisation, by a link in an e-mail that is good for seven days.
///
/// # Errors
/// [`Problem::Forbidden`] for anybody but administrators; [`Problem::Invalid`]: `email`, `staff_name`, `organisation`,
/// `role` ([`Complaint::NotAnOption`] when the role is not held in such an organisation); [`Problem::Unavailable`] when no
/// message can be sent now.
pub async fn invite(
    city: &AppState,
    actor: &Actor,
    email: &str,
    staff_name: &str,
    organisation: Uuid,
    role: &str,
    lang: Lang,
) -> Result<()> {
    city.store.gate.enter(MANAGE, actor)?;
    let admin = actor.signed_in()?;
    let (email, staff_name) = read_fields(email, staff_name)?;
    let role = Role::parse(role).ok_or_else(|| Problem::field("role", Complaint::NotAnOption))?;
    let tx = city.store.write(actor).await?;
    let found: Option<Organisation> =
        tx.one("SELECT id, code, kind, name_zh, name_en FROM organisation WHERE id = $1", [organisation.into()]).await?;
    let found = found.ok_or_else(|| Problem::field("organisation", Complaint::NotAnOption))?;
    if kind_of(role) != Some(found.kind.as_str()) {
        return Err(Problem::field("role", Complaint::NotAnOption).into());
    }
    let link = write_invitation(&tx, city, &email, &staff_name, organisation, role, admin).await?;
    let about = About { organisation: Some(organisation), role: Some(role), ..About::default() };
    note(&tx, actor, Act::Invited, about).await?;
    tx.commit().await?;
    let role_name = text::find(lang, &format!("role_{}", role.code())).unwrap_or_default();
    let message = Message {
        to: To::Email(email.as_str().to_owned()),
        subject: text::mail_invitation_subject(lang).to_owned(),
        text: text::mail_invitation_text(
            lang,
            text::LinkNameOrganisationRole {
                link,
                name: staff_name,
                organisation: lang.pick(found.name_zh, found.name_en),
                role: role_name,
            },
        ),
    };
    send(city, &message).await.map_err(|error| {
        tracing::error!(%error, "an invitation could not be sent");
        Problem::Unavailable { retry_after: 60 }.into()
    })
}

/// Makes the first administrator (or another, by whoever operates the machine) and gives the link at which they choose
/// their password and set up their authenticator. `city_names` are the names of the city's own organisation, which is made
/// with the first of them; afterwards they change nothing.
///
/// # Errors
/// [`Problem::Invalid`]: `email`, `staff_name`, `name_zh`, `name_en`, or `city` when the city's own organisation is not
/// there yet and has no names either.
pub async fn create_administrator(city: &AppState, email: &str, staff_name: &str, city_names: Option<&Names>) -> Result<String> {
    let (email, staff_name) = read_fields(email, staff_name)?;
    let operator = Actor::system(Task::Operation);
    let tx = city.store.write(&operator).await?;
    let organisation =
        city_or_new(&tx, &operator, city_names).await?.ok_or_else(|| Problem::field("city", Complaint::Required))?;
    // Nobody invites the first one, so their account comes first, without a password that could be used.
    let contact = Contact::Email(email.clone());
    let account = match account_of(&tx, &contact).await? {
        Some(account) => account,
        None => insert(&tx, &contact, "", Lang::Zh).await?,
    };
    let link = write_invitation(&tx, city, &email, &staff_name, organisation, Role::Administrator, account).await?;
    let about = About { organisation: Some(organisation), role: Some(Role::Administrator), ..About::default() };
    note(&tx, &operator, Act::Invited, about).await?;
    tx.commit().await?;
    Ok(link)
}

/// What an invitation says, to whoever has its link.
///
/// # Errors
/// [`Complaint::CodeExpired`] on `token` for one that is wrong, used or too old.
pub async fn invitation(city: &AppState, token: &str) -> Result<InvitationView> {
    let tx = city.store.read(&Actor::system(Task::SignIn)).await?;
    let row = find_invitation(&tx, token, "").await?;
    let email = row.email(&tx)?;
    let known = existing(&tx, &Contact::Email(email.clone())).await?;
    Ok(InvitationView {
        role: row.role()?,
        staff_name: row.staff_name,
        email: email.masked(),
        organisation_zh: row.name_zh,
        organisation_en: row.name_en,
        has_account: known.is_some_and(|k| !k.password_hash.is_empty()),
    })
}

/// Accepts an invitation: a new account with this password, or the one with the invited address if this is its password.
/// The authenticator is set up next with [`totp::confirm`]; the role counts from then on.
///
/// # Errors
/// [`Complaint::CodeExpired`] on `token`; complaints on `password`, [`Complaint::PasswordWrong`] for an account that is
/// there; [`Problem::TooMany`].
pub async fn accept_invitation(city: &AppState, token: &str, password: &str) -> Result<Accepted> {
    let system = Actor::system(Task::SignIn);
    let tx = city.store.read(&system).await?;
    let row = find_invitation(&tx, token, "").await?;
    let email = row.email(&tx)?;
    let contact = Contact::Email(email.clone());
    let known = existing(&tx, &contact).await?;
    drop(tx);
    let fresh_hash = match &known {
        Some(known) if !known.password_hash.is_empty() => {
            let guess = Guess::of(&city.store, "invitation", known.id).await?;
            if !password::verify(password, Some(&known.password_hash)).await? {
                return Err(Problem::field("password", Complaint::PasswordWrong).into());
            }
            guess.was_right(&city.store).await?;
            None
        }
        _ => {
            password::check_new(password, &[email.as_str(), &row.staff_name]).map_err(|c| Problem::field("password", c))?;
            Some(password::hash(password).await?)
        }
    };
    let tx = city.store.write(&system).await?;
    // Looked up again, locked: two clicks accept once.
    let row = find_invitation(&tx, token, "FOR UPDATE OF i").await?;
    let account = match (&known, fresh_hash) {
        (Some(known), None) => known.id,
        (Some(known), Some(hash)) => {
            let set = "UPDATE account SET password_hash = $2 WHERE id = $1 AND password_hash = ''";
            if tx.run(set, [known.id.into(), hash.into()]).await? == 0 {
                return Err(dead().into());
            }
            known.id
        }
        (None, hash) => insert(&tx, &contact, &hash.unwrap_or_default(), Lang::Zh).await?,
    };
    tx.run("UPDATE account SET staff_name = $2 WHERE id = $1", [account.into(), row.staff_name.clone().into()]).await?;
    tx.run(
        "INSERT INTO membership (id, account_id, organisation_id, role, created_by) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (account_id, organisation_id, role) WHERE ended_at IS NULL DO NOTHING",
        [Uuid::now_v7().into(), account.into(), row.organisation_id.into(), row.role.clone().into(), row.invited_by.into()],
    )
    .await?;
    tx.run("UPDATE invitation SET accepted_at = huimin_now() WHERE id = $1", [row.id.into()]).await?;
    // More power: whatever was open under this account begins anew.
    tx.run("DELETE FROM session WHERE account_id = $1", [account.into()]).await?;
    tx.commit().await?;
    let enrolment =
        if known.is_some_and(|k| k.has_totp) { None } else { Some(totp::enrolment(&city.store, account, &email.masked())?) };
    Ok(Accepted { account, enrolment })
}

fn dead() -> Problem {
    Problem::field("token", Complaint::CodeExpired)
}

/// The kind of organisation in which a role is held.
fn kind_of(role: Role) -> Option<&'static str> {
    role.row().map(|row| row.scope.kind())
}

fn read_fields(email: &str, staff_name: &str) -> Result<(Email, String), Problem> {
    let staff_name = staff_name.trim().to_owned();
    let fault = if staff_name.is_empty() {
        Some(Complaint::Required)
    } else if staff_name.chars().nth(usize::try_from(NAME_MOST).unwrap_or(usize::MAX)).is_some() {
        Some(Complaint::TooLong { max: NAME_MOST })
    } else {
        None
    };
    match (Email::parse(email), fault) {
        (Ok(email), None) => Ok((email, staff_name)),
        (email, name) => {
            let faults = [("email", email.err()), ("staff_name", name)];
            let errors = faults
                .into_iter()
                .filter_map(|(field, complaint)| Some(FieldError { field: field.to_owned(), complaint: complaint? }))
                .collect();
            Err(Problem::Invalid { errors })
        }
    }
}

async fn write_invitation(
    tx: &Tx,
    city: &AppState,
    email: &Email,
    staff_name: &str,
    organisation: Uuid,
    role: Role,
    by: Uuid,
) -> Result<String> {
    let (id, token) = (Uuid::now_v7(), hex::encode(rand::random::<[u8; 32]>()));
    tx.run(
        "INSERT INTO invitation (id, email_sealed, staff_name, organisation_id, role, token_hash, invited_by, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, huimin_now() + make_interval(days => $8))",
        [
            id.into(),
            tx.vault.seal("invitation.email", id, email.as_str().as_bytes())?.into(),
            staff_name.into(),
            organisation.into(),
            role.code().into(),
            token_hash(&token).into(),
            by.into(),
            DAYS.into(),
        ],
    )
    .await?;
    Ok(format!("{}/invitation/{token}", city.config.public_url))
}

fn token_hash(token: &str) -> Vec<u8> {
    sha256(&[b"huimin.invitation", token.as_bytes()])
}

#[derive(FromQueryResult)]
struct InvitationRow {
    id: Uuid,
    email_sealed: Vec<u8>,
    staff_name: String,
    organisation_id: Uuid,
    role: String,
    invited_by: Uuid,
    name_zh: String,
    name_en: String,
}

impl InvitationRow {
    fn email(&self, tx: &Tx) -> Result<Email> {
        let text = tx.vault.open_text("invitation.email", self.id, &self.email_sealed)?;
        Ok(Email::parse(&text).map_err(|_| dead())?)
    }

    fn role(&self) -> Result<Role> {
        Ok(Role::parse(&self.role).ok_or_else(dead)?)
    }
}

async fn find_invitation(tx: &Tx, token: &str, lock: &str) -> Result<InvitationRow> {
    let row: Option<InvitationRow> = tx
        .one(
            &format!(
                "SELECT i.id, i.email_sealed, i.staff_name, i.organisation_id, i.role, i.invited_by, o.name_zh, o.name_en
                 FROM invitation i JOIN organisation o ON o.id = i.organisation_id
                 WHERE i.token_hash = $1 AND i.accepted_at IS NULL AND i.expires_at > huimin_now() {lock}"
            ),
            [token_hash(token).into()],
        )
        .await?;
    Ok(row.ok_or_else(dead)?)
}

#[derive(FromQueryResult)]
struct Existing {
    id: Uuid,
    password_hash: String,
    has_totp: bool,
}

/// The account with this address. One that was disabled stays shut.
async fn existing(tx: &Tx, contact: &Contact) -> Result<Option<Existing>> {
    let (_, index) = contact.columns();
    tx.one(
        &format!("SELECT id, password_hash, totp_sealed IS NOT NULL AS has_totp FROM account WHERE {index} = $1"),
        [contact.index(&tx.vault).into()],
    )
    .await
}
