//! `/bank/products`: a bank's products, and the forms and server functions by which its supervisors manage them.

use super::{
    bank_tabs::{PRODUCTS, bank_tabs},
    terms::{day_count, method},
};
use crate::{
    http::{
        act::{named_as_posted, posted},
        action_error::ActionError,
        context::{Ctx, authorize},
        page::PageResult,
        request::parse_id,
    },
    ui::{
        BackLink, Button, ButtonKind, ButtonRow, CheckboxField, Choice, Column, DataTable, EmptyState, FieldProps, Fieldset,
        IconName, LinkButton, OptionalText, PageHeading, PostForm, RadioField, Row, Tag, TextField, Tone,
    },
};
use axum::extract::Path;
use leptos::{prelude::*, server_fn::ServerFn};
use server::{access::gate::Access, finance::products};
use shared::{
    Lang,
    account::Permission,
    finance::{
        DayCount, Method,
        money::{yuan, yuan_plain},
        view::ManagedProduct,
    },
    texts::finance as t,
};
use shared::{cases::action::read_fields, field, finance::actions::ProductForm};
use std::collections::HashMap;

/// Adds a product, or changes the one that `product` names.
#[server(prefix = "/api", endpoint = "bank/product")]
pub async fn save_product(
    #[server(default)] product: String,
    #[server(default)] fields: HashMap<String, String>,
) -> Result<(), ActionError> {
    let ctx = authorize(MANAGE_PRODUCTS).await?;
    let sent: ProductForm = read_fields(&fields.into_iter().collect())?;
    let done = if product.is_empty() {
        products::add(ctx.store(), &ctx.actor, &sent).await.map(|_| "product_added")
    } else {
        products::update(ctx.store(), &ctx.actor, parse_id(&product)?, &sent).await.map(|()| "product_changed")
    };
    let done = done.map_err(|e| named_as_posted(ctx.problem(e)))?;
    ctx.finish(PRODUCTS, done).await
}

/// Offers a product (`offered`), or stops offering it.
#[server(prefix = "/api", endpoint = "bank/product-offered")]
pub async fn offer_product(product: String, #[server(default)] offered: bool) -> Result<(), ActionError> {
    let ctx = authorize(MANAGE_PRODUCTS).await?;
    products::set_offered(ctx.store(), &ctx.actor, parse_id(&product)?, offered).await?;
    ctx.finish(PRODUCTS, if offered { "product_offered" } else { "product_withdrawn" }).await
}

/// Access of the server functions that change products.
const MANAGE_PRODUCTS: Access = Access::Staff(Permission::DecideCredit);

/// `/bank/products`
pub async fn page(ctx: Ctx) -> PageResult {
    let all = products::list(ctx.store(), &ctx.actor).await?;
    Ok(ctx.desk_page(t::products_title(ctx.lang), move |ctx| view(ctx, &all)))
}

fn view(ctx: &Ctx, all: &[ManagedProduct]) -> AnyView {
    let lang = ctx.lang;
    let keeps = ctx.actor.may(Permission::DecideCredit);
    let columns = vec![
        Column::new(t::product(lang)),
        Column::new(t::amount(lang)),
        Column::new(t::rate(lang)),
        Column::new(t::product_quota(lang)),
        Column::new(t::state(lang)),
    ];
    let rows = all.iter().map(|kept| row(lang, kept, keeps)).collect();
    view! {
        <PageHeading title=t::products_title(lang) lead=t::products_lead(lang)/>
        {bank_tabs(lang, PRODUCTS)}
        {keeps.then(|| view! { <LinkButton href=format!("{PRODUCTS}/new") text=t::product_add(lang) icon=IconName::Plus/> })}
        <DataTable
            caption=t::products_title(lang)
            quiet_caption=true
            columns=columns
            rows=rows
            empty=move || view! { <EmptyState title=t::products_none(lang) icon=IconName::Coin/> }
        />
    }
    .into_any()
}

fn row(lang: Lang, kept: &ManagedProduct, keeps: bool) -> Row {
    let product = &kept.product;
    let methods: Vec<String> = product.methods.iter().map(|m| method(lang, *m)).collect();
    let state = if kept.offered {
        view! { <Tag text=t::product_is_offered(lang) tone=Tone::Good/> }
    } else {
        view! { <Tag text=t::product_is_not_offered(lang) tone=Tone::Neutral/> }
    };
    let cells = vec![
        view! { <span class="wraps">{product.name.text(lang).to_owned()}</span> }.into_any(),
        two_lines(
            format!("{} – {}", yuan(product.amounts.0), yuan(product.amounts.1)),
            format!("{} – {}", product.months.0, t::months_count(lang, product.months.1)),
        ),
        format!("{} – {} %", product.rates.0.percent(), product.rates.1.percent()).into_any(),
        two_lines(yuan(kept.quota_fen), t::product_left(lang, yuan(product.free_fen))),
        state.into_any(),
    ];
    let href = OptionalText::from(keeps.then(|| format!("{PRODUCTS}/{}", product.id)));
    Row::new(href, cells).under(methods.join(lang.pick("、", ", ")))
}

fn two_lines(first: String, second: String) -> AnyView {
    view! { {first} <span class="by-law wraps">{second}</span> }.into_any()
}

/// `/bank/products/new`
pub async fn new_page(ctx: Ctx) -> PageResult {
    Ok(ctx.desk_page(t::product_add(ctx.lang), |ctx| form(ctx, None)))
}

/// `/bank/products/{id}`
pub async fn one_page(ctx: Ctx, Path(id): Path<String>) -> PageResult {
    load_one(ctx, &id).await
}

async fn load_one(ctx: Ctx, id: &str) -> PageResult {
    let kept = products::find(ctx.store(), &ctx.actor, parse_id(id)?).await?;
    Ok(ctx.desk_page(kept.product.name.text(ctx.lang).to_owned(), move |ctx| form(ctx, Some(&kept))))
}

/// Draws the form of a product with the typed or the current values.
fn form(ctx: &Ctx, kept: Option<&ManagedProduct>) -> AnyView {
    let lang = ctx.lang;
    let title = kept.map_or(t::product_add(lang), |k| k.product.name.text(lang)).to_owned();
    let hidden = kept.map(|k| ("product", k.product.id.to_string())).into_iter().collect::<Vec<_>>();
    let text = if kept.is_some() { t::product_save(lang) } else { t::product_add(lang) };
    let fields = (names(ctx, kept), limits(ctx, kept), method_fields(ctx, kept));
    view! {
        <BackLink href=PRODUCTS text=t::products_title(lang)/>
        <PageHeading title=title lead=t::product_lead(lang)/>
        <PostForm action=SaveProduct::PATH hidden=hidden>
            {fields}
            <ButtonRow>
                <Button text=text/>
                <LinkButton href=PRODUCTS text=t::cancel(lang) kind=ButtonKind::Quiet/>
            </ButtonRow>
        </PostForm>
        {kept.map(|kept| offered(lang, kept))}
    }
    .into_any()
}

fn field_props(ctx: &Ctx, field: &str, label: &str) -> FieldProps {
    ctx.action_field(field, label).required()
}

fn value(ctx: &Ctx, field: &str, now: Option<String>) -> Option<String> {
    ctx.action_value(field).or(now)
}

fn names(ctx: &Ctx, kept: Option<&ManagedProduct>) -> AnyView {
    let lang = ctx.lang;
    let name = |of: fn(&ManagedProduct) -> &String| kept.map(|k| of(k).clone());
    view! {
        <TextField field=field_props(ctx, field!(ProductForm, name_zh), t::product_name_zh(lang)) value=value(ctx, field!(ProductForm, name_zh), name(|k| &k.product.name.zh)) autocomplete="off"/>
        <TextField field=field_props(ctx, field!(ProductForm, name_en), t::product_name_en(lang)) value=value(ctx, field!(ProductForm, name_en), name(|k| &k.product.name.en)) autocomplete="off"/>
    }
    .into_any()
}

fn limits(ctx: &Ctx, kept: Option<&ManagedProduct>) -> AnyView {
    let lang = ctx.lang;
    let number = |field: &'static str, label: &'static str, now: Option<String>, width: u8, suffix: &'static str| {
        view! { <TextField field=field_props(ctx, field, label) value=value(ctx, field, now) inputmode="decimal" width=width suffix=suffix/> }
    };
    let of = |read: fn(&ManagedProduct) -> String| kept.map(read);
    let fields = (
        number(
            field!(ProductForm, min_amount),
            t::product_min_amount(lang),
            of(|k| yuan_plain(k.product.amounts.0)),
            18,
            t::unit_yuan(lang),
        ),
        number(
            field!(ProductForm, max_amount),
            t::product_max_amount(lang),
            of(|k| yuan_plain(k.product.amounts.1)),
            18,
            t::unit_yuan(lang),
        ),
        number(
            field!(ProductForm, min_months),
            t::product_min_months(lang),
            of(|k| k.product.months.0.to_string()),
            4,
            t::unit_months(lang),
        ),
        number(
            field!(ProductForm, max_months),
            t::product_max_months(lang),
            of(|k| k.product.months.1.to_string()),
            4,
            t::unit_months(lang),
        ),
        number(field!(ProductForm, min_rate), t::product_min_rate(lang), of(|k| k.product.rates.0.percent()), 6, "%"),
        number(field!(ProductForm, max_rate), t::product_max_rate(lang), of(|k| k.product.rates.1.percent()), 6, "%"),
        number(field!(ProductForm, quota), t::product_quota(lang), of(|k| yuan_plain(k.quota_fen)), 18, t::unit_yuan(lang)),
    );
    view! { <Fieldset legend=t::product_limits_of_one(lang)>{fields}</Fieldset> }.into_any()
}

fn method_fields(ctx: &Ctx, kept: Option<&ManagedProduct>) -> AnyView {
    let lang = ctx.lang;
    let typed = !ctx.flash.values().is_empty();
    let ticked = |m: Method| {
        if typed { ctx.flash.value(&posted(m.code())).is_some() } else { kept.is_some_and(|k| k.product.methods.contains(&m)) }
    };
    let boxes = Method::ALL
        .iter()
        .map(|m| view! { <CheckboxField field=ctx.field(&posted(m.code()), &method(lang, *m)) checked=ticked(*m)/> })
        .collect_view();
    let counts = DayCount::ALL.iter().map(|d| Choice::new(d.code(), day_count(lang, *d))).collect();
    let now = kept.map(|k| k.product.day_count.code().to_owned());
    view! {
        <Fieldset legend=t::method(lang)>{boxes}</Fieldset>
        <RadioField field=field_props(ctx, field!(ProductForm, day_count), t::day_count(lang)) choices=counts value=value(ctx, field!(ProductForm, day_count), now)/>
    }
    .into_any()
}

/// Stops offering it, or offers it again: a form of its own, so that the fields above are not posted with it.
fn offered(lang: Lang, kept: &ManagedProduct) -> AnyView {
    let (text, kind) =
        if kept.offered { (t::product_stop(lang), ButtonKind::Danger) } else { (t::product_start(lang), ButtonKind::Secondary) };
    let hidden = vec![("product", kept.product.id.to_string()), ("offered", (!kept.offered).to_string())];
    view! {
        <PostForm action=OfferProduct::PATH hidden=hidden label=text>
            <p class="hint">{t::product_stop_text(lang)}</p>
            <Button text=text kind=kind/>
        </PostForm>
    }
    .into_any()
}
