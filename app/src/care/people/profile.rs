//! The care profile (照护档案): information that helps responders.

use crate::{
    http::{
        action_error::ActionError,
        context::{Ctx, authorize},
        flash::Flash,
        form_data::FormData,
        page::PageResult,
    },
    ui::{BackLink, Button, CheckboxesField, Choice, FieldProps, PageHeading, PostForm, SelectField, TextArea, TextField, when},
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::{access::gate::Access, care::people::profile::ProfileView};
use shared::{
    FieldErrorKind, Lang, Problem,
    care::{
        geo::Fix,
        profile::{LANGUAGES, Profile},
    },
    registry::districts::DISTRICTS,
    texts::care_press as t,
};

/// Saves the profile. Every answer may be empty.
#[server(prefix = "/api", endpoint = "care/profile-save")]
pub async fn save_profile(district: Option<String>) -> Result<(), ActionError> {
    let ctx = authorize(Access::Verified).await?;
    let posted = FormData::of_call();
    let posted_text = |name: &str| posted.all(name).next().unwrap_or_default().trim().to_owned();
    let profile = Profile {
        conditions: posted_text("conditions"),
        medication: posted_text("medication"),
        allergies: posted_text("allergies"),
        mobility: posted_text("mobility"),
        languages: posted.all("languages[]").map(str::to_owned).collect(),
        key_place: posted_text("key_place"),
        address: posted_text("address"),
        home: home(&posted_text("home_lat"), &posted_text("home_lon"))?,
        note: posted_text("note"),
    };
    let district = district.unwrap_or_default();
    server::care::people::profile::save(ctx.store(), &ctx.actor, &profile, &district).await?;
    Flash::done("/care/profile", "care_profile_saved").save(&ctx.session).await;
    leptos_axum::redirect("/care/profile");
    Ok(())
}

/// Parses the coordinates of the home; none if both are empty.
fn home(lat: &str, lon: &str) -> Result<Option<Fix>, Problem> {
    if lat.is_empty() && lon.is_empty() {
        return Ok(None);
    }
    let number = |field: &str, text: &str| text.parse::<f64>().map_err(|_| Problem::field(field, FieldErrorKind::NotANumber));
    let now = server::store::to_timestamp(time::OffsetDateTime::now_utc());
    let fix = Fix::new(number("home_lat", lat)?, number("home_lon", lon)?, None, now);
    fix.map(Some).ok_or_else(|| Problem::field("home_lat", FieldErrorKind::NotANumber))
}

/// `/care/profile`
pub async fn page(ctx: Ctx) -> PageResult {
    let found = server::care::people::profile::profile(ctx.store(), &ctx.actor).await?;
    Ok(ctx.page(t::profile_title(ctx.lang), move |ctx| view(ctx, &found)))
}

/// The name of a language, from its tag.
#[must_use]
pub fn language(lang: Lang, tag: &str) -> &str {
    t::find(lang, &format!("language_{}", tag.replace('-', "_"))).unwrap_or(tag)
}

fn view(ctx: &Ctx, found: &ProfileView) -> AnyView {
    let lang = ctx.lang;
    let profile = &found.profile;
    let value = |field: &str, kept: &str| ctx.flash.value(field).unwrap_or_else(|| kept.to_owned());
    let area = |props: FieldProps, kept: &str| {
        let value = value(&props.name, kept);
        view! { <TextArea field=props value=value rows=2/> }
    };
    let languages = LANGUAGES.iter().map(|tag| Choice::new(*tag, language(lang, tag))).collect();
    let districts = DISTRICTS.iter().map(|d| Choice::new(d.code, d.name(lang))).collect();
    let degrees = |pick: fn(&Fix) -> f64| profile.home.as_ref().map(|h| format!("{:.5}", pick(h))).unwrap_or_default();
    let fields = view! {
        {area(ctx.field("conditions", t::conditions(lang)), &profile.conditions)}
        {area(ctx.field("medication", t::medication(lang)), &profile.medication)}
        {area(ctx.field("allergies", t::allergies(lang)), &profile.allergies)}
        {area(ctx.field("mobility", t::mobility(lang)).hint(t::mobility_hint(lang)), &profile.mobility)}
        <CheckboxesField field=ctx.field("languages[]", t::languages(lang)) choices=languages values=profile.languages.clone()/>
        {area(ctx.field("address", t::address(lang)).hint(t::address_hint(lang)), &profile.address)}
        <SelectField
            field=ctx.field("district", t::district(lang)).hint(t::district_hint(lang))
            choices=districts
            value=value("district", found.district.as_deref().unwrap_or_default())
            empty=t::district_city(lang)
        />
        {area(ctx.field("key_place", t::key_place(lang)).hint(t::key_place_hint(lang)), &profile.key_place)}
        {area(ctx.field("note", t::note(lang)), &profile.note)}
        <TextField
            field=ctx.field("home_lat", t::home_lat(lang))
            value=value("home_lat", &degrees(|h| h.lat))
            inputmode="decimal"
            width=11
        />
        <TextField
            field=ctx.field("home_lon", t::home_lon(lang))
            value=value("home_lon", &degrees(|h| h.lon))
            inputmode="decimal"
            width=11
        />
        <Button text=t::save(lang)/>
    };
    view! {
        <BackLink href="/care" text=t::back_to_care(lang)/>
        <PageHeading title=t::profile_title(lang) lead=t::profile_lead(lang)/>
        <PostForm action=SaveProfile::PATH>{fields}</PostForm>
        {found.updated_at.map(|at| view! { <p class="hint">{t::profile_saved_on(lang, when::moment(at.into(), lang))}</p> })}
    }
    .into_any()
}
