//! Invitations of staff: by an administrator or, for the first one, by the operator of the machine. They are accepted by the
//! link in the e-mail.

use super::{
    administration::{About, Act, record_act},
    contact::Contact,
    entity::{account, invitation, membership, organisation, session},
    organisations::{Names, find_or_add_city},
    password,
    sign_up::{find_account, insert_account},
    throttle::Guess,
    totp::{self, Enrolment},
};
use crate::access::{
    actor::{Actor, Task},
    gate::MANAGE,
};
use crate::{
    AppState,
    error::Result,
    mail::{Message, To},
    store::{Tx, db_now, new_id},
    vault::sha256,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Select, raw_sql,
    sea_query::{ExprTrait as _, OnConflict},
};
use shared::{
    FieldErrorKind, Lang, Problem,
    account::{Email, OrganisationKind, Role},
    ids::{AccountId, InvitationId, OrganisationId},
    texts::account as text,
};

/// Validity of an invitation in days.
const VALID_DAYS: i32 = 7;
/// Maximum length of a name in characters.
const MAX_NAME_CHARS: u32 = 50;

/// An invitation as its recipient sees it before accepting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationView {
    /// The name.
    pub staff_name: String,
    /// The address, masked.
    pub email: String,
    /// The role.
    pub role: Role,
    /// The organisation in Chinese.
    pub organisation_zh: String,
    /// The organisation in English.
    pub organisation_en: String,
    /// Whether an account with this address exists: then its password is entered instead of a new one.
    pub has_account: bool,
}

/// An accepted invitation.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// The account.
    pub account: AccountId,
    /// The authenticator to set up; none if the account has one.
    pub enrolment: Option<Enrolment>,
}

/// Invites a person to a role in an organisation by a link in an e-mail, valid for seven days.
///
/// # Errors
/// [`Problem::Forbidden`] unless the actor is an administrator; [`Problem::Invalid`]: `email`, `staff_name`, `organisation`,
/// `role` ([`FieldErrorKind::NotAnOption`] if the role does not exist in such an organisation); [`Problem::Unavailable`] if the
/// message cannot be sent now.
pub async fn invite(
    state: &AppState,
    actor: &Actor,
    email: &str,
    staff_name: &str,
    organisation: OrganisationId,
    role: &str,
    lang: Lang,
) -> Result<()> {
    state.store.gate.enter(MANAGE, actor)?;
    let admin = actor.signed_in()?;
    let (email, staff_name) = read_fields(email, staff_name)?;
    let role = Role::parse(role).ok_or_else(|| Problem::field("role", FieldErrorKind::NotAnOption))?;
    let tx = state.store.write(actor).await?;
    let found = organisation::Entity::find_by_id(organisation).one(&tx).await?;
    let found = found.ok_or_else(|| Problem::field("organisation", FieldErrorKind::NotAnOption))?;
    if kind_of(role) != Some(found.kind) {
        return Err(Problem::field("role", FieldErrorKind::NotAnOption).into());
    }
    let link = write_invitation(&tx, state, &email, &staff_name, organisation, role, admin).await?;
    let about = About { organisation: Some(organisation), role: Some(role), ..About::default() };
    record_act(&tx, actor, Act::Invited, about).await?;
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
    state.send(&message).await.map_err(|error| {
        tracing::error!(%error, "an invitation could not be sent");
        Problem::Unavailable { retry_after: 60 }.into()
    })
}

/// Invites an administrator on behalf of the operator of the machine and returns the link at which they choose a password and
/// set up an authenticator. `city_names` are the names of the city's own organisation, which is added with the first
/// administrator; later they are ignored.
///
/// # Errors
/// [`Problem::Invalid`]: `email`, `staff_name`, `name_zh`, `name_en`, or `city` if the city's own organisation does not exist
/// and has no names.
pub async fn create_administrator(state: &AppState, email: &str, staff_name: &str, city_names: Option<&Names>) -> Result<String> {
    let (email, staff_name) = read_fields(email, staff_name)?;
    let operator = Actor::system(Task::Operation);
    let tx = state.store.write(&operator).await?;
    let organisation =
        find_or_add_city(&tx, &operator, city_names).await?.ok_or_else(|| Problem::field("city", FieldErrorKind::Required))?;
    // An invitation names the account that invites. The first administrator invites themselves: their account is inserted
    // first, without a usable password.
    let contact = Contact::Email(email.clone());
    let account = match find_account(&tx, &contact).await? {
        Some(account) => account,
        None => insert_account(&tx, &contact, "", Lang::Zh).await?,
    };
    let link = write_invitation(&tx, state, &email, &staff_name, organisation, Role::Administrator, account).await?;
    let about = About { organisation: Some(organisation), role: Some(Role::Administrator), ..About::default() };
    record_act(&tx, &operator, Act::Invited, about).await?;
    tx.commit().await?;
    Ok(link)
}

/// The content of an invitation, for the holder of its link.
///
/// # Errors
/// [`FieldErrorKind::CodeExpired`] on `token` if it is wrong, used or expired.
pub async fn invitation(state: &AppState, token: &str) -> Result<InvitationView> {
    let tx = state.store.read(&Actor::system(Task::SignIn)).await?;
    let found = valid_invitation(token).find_also_related(organisation::Entity).one(&tx).await?;
    let Some((invitation, Some(organisation))) = found else { return Err(expired_link().into()) };
    let email = open_email(&tx, &invitation)?;
    let known = existing_account(&tx, &Contact::Email(email.clone())).await?;
    Ok(InvitationView {
        role: invitation.role,
        staff_name: invitation.staff_name,
        email: email.masked(),
        organisation_zh: organisation.name_zh,
        organisation_en: organisation.name_en,
        has_account: known.is_some_and(|k| !k.password_hash.is_empty()),
    })
}

/// Accepts an invitation: with a new account and this password, or with the account of the invited address, whose password
/// this must be. Next the authenticator is set up with [`totp::confirm`]; the role is effective from then on.
///
/// # Errors
/// [`FieldErrorKind::CodeExpired`] on `token`; field errors on `password`, [`FieldErrorKind::PasswordWrong`] for an existing account;
/// [`Problem::TooMany`].
pub async fn accept_invitation(state: &AppState, token: &str, password: &str) -> Result<Accepted> {
    let system = Actor::system(Task::SignIn);
    let tx = state.store.read(&system).await?;
    let invitation = valid_invitation(token).one(&tx).await?.ok_or_else(expired_link)?;
    let email = open_email(&tx, &invitation)?;
    let contact = Contact::Email(email.clone());
    let known = existing_account(&tx, &contact).await?;
    drop(tx);
    let new_hash = match &known {
        Some(known) if !known.password_hash.is_empty() => {
            let guess = Guess::of(&state.store, "invitation", known.id).await?;
            if !password::verify(password, Some(&known.password_hash)).await? {
                return Err(Problem::field("password", FieldErrorKind::PasswordWrong).into());
            }
            guess.was_right(&state.store).await?;
            None
        }
        _ => {
            password::check_new(password, &[email.as_str(), &invitation.staff_name])
                .map_err(|c| Problem::field("password", c))?;
            Some(password::hash(password).await?)
        }
    };
    let tx = state.store.write(&system).await?;
    // Read again with a lock, so that two clicks accept once.
    let invitation = valid_invitation(token).lock_exclusive().one(&tx).await?.ok_or_else(expired_link)?;
    let account = match (&known, new_hash) {
        (Some(known), None) => known.id,
        (Some(known), Some(hash)) => {
            let set = account::Entity::update_of(known.id)
                .set(account::ActiveModel { password_hash: Set(hash), ..Default::default() })
                .filter(account::Column::PasswordHash.eq(""))
                .exec(&tx)
                .await?;
            if set.rows_affected == 0 {
                return Err(expired_link().into());
            }
            known.id
        }
        (None, hash) => insert_account(&tx, &contact, &hash.unwrap_or_default(), Lang::Zh).await?,
    };
    give_role(&tx, &invitation, account).await?;
    tx.commit().await?;
    let enrolment = if known.is_some_and(|k| k.totp_sealed.is_some()) {
        None
    } else {
        Some(totp::new_enrolment(&state.store, account, &email.masked())?)
    };
    Ok(Accepted { account, enrolment })
}

/// Gives the account the invited role and ends its sessions, so that the role is never effective in an old session.
async fn give_role(tx: &Tx, invitation: &invitation::Model, account: AccountId) -> Result<()> {
    account::Entity::update_of(account)
        .set(account::ActiveModel { staff_name: Set(Some(invitation.staff_name.clone())), ..Default::default() })
        .exec(tx)
        .await?;
    membership::Entity::insert(membership::ActiveModel {
        id: Set(new_id()),
        account_id: Set(account),
        organisation_id: Set(invitation.organisation_id),
        role: Set(invitation.role),
        created_by: Set(Some(invitation.invited_by)),
        ..Default::default()
    })
    .on_conflict(OnConflict::new().do_nothing().to_owned())
    .exec_without_returning(tx)
    .await?;
    invitation::Entity::update_many()
        .col_expr(invitation::Column::AcceptedAt, db_now())
        .filter(invitation::Column::Id.eq(invitation.id))
        .exec(tx)
        .await?;
    session::Entity::delete_of(account).exec(tx).await?;
    Ok(())
}

fn expired_link() -> Problem {
    Problem::field("token", FieldErrorKind::CodeExpired)
}

/// The kind of organisation in which a role is held.
fn kind_of(role: Role) -> Option<OrganisationKind> {
    role.row().map(|row| row.scope.kind())
}

fn read_fields(email: &str, staff_name: &str) -> Result<(Email, String), Problem> {
    let staff_name = staff_name.trim().to_owned();
    let name_error = if staff_name.is_empty() {
        Some(FieldErrorKind::Required)
    } else if staff_name.chars().nth(usize::try_from(MAX_NAME_CHARS).unwrap_or(usize::MAX)).is_some() {
        Some(FieldErrorKind::TooLong { max: MAX_NAME_CHARS })
    } else {
        None
    };
    let email = Email::parse(email);
    Problem::fail_on_errors(&[("email", email.clone().err()), ("staff_name", name_error)])?;
    let email = email.map_err(|kind| Problem::field("email", kind))?;
    Ok((email, staff_name))
}

async fn write_invitation(
    tx: &Tx,
    state: &AppState,
    email: &Email,
    staff_name: &str,
    organisation: OrganisationId,
    role: Role,
    by: AccountId,
) -> Result<String> {
    let (id, token) = (new_id::<InvitationId>(), hex::encode(rand::random::<[u8; 32]>()));
    let (email, hash) = (tx.vault.seal("invitation.email", id, email.as_str().as_bytes())?, token_hash(&token));
    let days = VALID_DAYS;
    tx.execute_sql(raw_sql!(
        Postgres,
        "INSERT INTO invitation (id, email_sealed, staff_name, organisation_id, role, token_hash, invited_by, expires_at)
         VALUES ({id}, {email}, {staff_name}, {organisation}, {role}, {hash}, {by}, huimin_now() + make_interval(days => {days}))"
    ))
    .await?;
    Ok(format!("{}/invitation/{token}", state.config.public_url))
}

fn token_hash(token: &str) -> Vec<u8> {
    sha256(&[b"huimin.invitation", token.as_bytes()])
}

/// The invitation with this token, if it was not accepted and has not expired.
fn valid_invitation(token: &str) -> Select<invitation::Entity> {
    invitation::Entity::find()
        .filter(invitation::Column::TokenHash.eq(token_hash(token)))
        .filter(invitation::Column::AcceptedAt.is_null())
        .filter(invitation::Column::ExpiresAt.into_expr().gt(db_now()))
}

fn open_email(tx: &Tx, invitation: &invitation::Model) -> Result<Email> {
    let text = tx.vault.open_text("invitation.email", invitation.id, &invitation.email_sealed)?;
    Ok(Email::parse(&text).map_err(|_| expired_link())?)
}

/// The account with this contact, also if it is disabled.
async fn existing_account(tx: &Tx, contact: &Contact) -> Result<Option<account::Model>> {
    Ok(account::Entity::find().filter(contact.index_column().eq(contact.index(&tx.vault))).one(tx).await?)
}
