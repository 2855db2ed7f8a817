//! `/bank/products`: what a bank offers, and the forms by which its supervisors keep it.

use super::product_save::{OfferProduct, SaveProduct};
use crate::{
    cases::act::posted,
    finance::{
        bank::tabs,
        terms::{day_count, method},
    },
    http::{
        call::key,
        page::{PageResult, answer},
        visit::Visit,
    },
    ui::{
        Ask, BackLink, Button, ButtonKind, ButtonRow, CheckboxField, Choice, Column, DataTable, EmptyState, Fieldset, Glyph,
        LinkButton, MaybeText, PageHeading, PostForm, RadioField, Row, Tag, TextField, Tone,
    },
};
use axum::{extract::Path, response::Response};
use leptos::{prelude::*, server_fn::ServerFn};
use server::finance::products;
use shared::{
    Lang,
    account::Permission,
    finance::{
        DayCount, Method,
        money::{yuan, yuan_plain},
        view::KeptProduct,
    },
    texts::finance as t,
};

/// Where they are listed.
pub(super) const PATH: &str = "/bank/products";

/// `/bank/products`
pub async fn page(visit: Visit) -> Response {
    answer(load(visit).await)
}

async fn load(visit: Visit) -> PageResult {
    let all = products::list(visit.store(), &visit.actor).await.map_err(|e| visit.problem(e))?;
    Ok(visit.desk_page(t::products_title(visit.lang), move |visit| view(visit, &all)))
}

fn view(visit: &Visit, all: &[KeptProduct]) -> AnyView {
    let lang = visit.lang;
    let keeps = visit.actor.may(Permission::DecideCredit);
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
        {tabs(lang, PATH)}
        {keeps.then(|| view! { <LinkButton href=format!("{PATH}/new") text=t::product_add(lang) glyph=Glyph::Plus/> })}
        <DataTable
            caption=t::products_title(lang)
            quiet_caption=true
            columns=columns
            rows=rows
            empty=move || view! { <EmptyState title=t::products_none(lang) glyph=Glyph::Coin/> }
        />
    }
    .into_any()
}

fn row(lang: Lang, kept: &KeptProduct, keeps: bool) -> Row {
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
    let href = MaybeText::from(keeps.then(|| format!("{PATH}/{}", product.id)));
    Row::new(href, cells).under(methods.join(lang.pick("、", ", ")))
}

fn two_lines(first: String, second: String) -> AnyView {
    view! { {first} <span class="by-law wraps">{second}</span> }.into_any()
}

/// `/bank/products/new`
pub async fn new_page(visit: Visit) -> Response {
    answer(Ok(visit.desk_page(t::product_add(visit.lang), |visit| form(visit, None))))
}

/// `/bank/products/{id}`
pub async fn one_page(visit: Visit, Path(id): Path<String>) -> Response {
    answer(load_one(visit, &id).await)
}

async fn load_one(visit: Visit, id: &str) -> PageResult {
    let kept = products::find(visit.store(), &visit.actor, key(id)?).await.map_err(|e| visit.problem(e))?;
    Ok(visit.desk_page(kept.product.name.text(visit.lang).to_owned(), move |visit| form(visit, Some(&kept))))
}

/// The form of a product: what was typed, else what stands there now.
fn form(visit: &Visit, kept: Option<&KeptProduct>) -> AnyView {
    let lang = visit.lang;
    let title = kept.map_or(t::product_add(lang), |k| k.product.name.text(lang)).to_owned();
    let hidden = kept.map(|k| ("product", k.product.id.to_string())).into_iter().collect::<Vec<_>>();
    let text = if kept.is_some() { t::product_save(lang) } else { t::product_add(lang) };
    let fields = (names(visit, kept), limits(visit, kept), ways(visit, kept));
    view! {
        <BackLink href=PATH text=t::products_title(lang)/>
        <PageHeading title=title lead=t::product_lead(lang)/>
        <PostForm action=SaveProduct::PATH hidden=hidden>
            {fields}
            <ButtonRow>
                <Button text=text/>
                <LinkButton href=PATH text=t::cancel(lang) kind=ButtonKind::Quiet/>
            </ButtonRow>
        </PostForm>
        {kept.map(|kept| offered(lang, kept))}
    }
    .into_any()
}

fn ask(visit: &Visit, field: &str, label: &str) -> Ask {
    visit.ask(&posted(field), label).required()
}

fn value(visit: &Visit, field: &str, now: Option<String>) -> Option<String> {
    visit.flash.value(&posted(field)).or(now)
}

fn names(visit: &Visit, kept: Option<&KeptProduct>) -> AnyView {
    let lang = visit.lang;
    let name = |of: fn(&KeptProduct) -> &String| kept.map(|k| of(k).clone());
    view! {
        <TextField ask=ask(visit, "name_zh", t::product_name_zh(lang)) value=value(visit, "name_zh", name(|k| &k.product.name.zh)) autocomplete="off"/>
        <TextField ask=ask(visit, "name_en", t::product_name_en(lang)) value=value(visit, "name_en", name(|k| &k.product.name.en)) autocomplete="off"/>
    }
    .into_any()
}

fn limits(visit: &Visit, kept: Option<&KeptProduct>) -> AnyView {
    let lang = visit.lang;
    let number = |field: &'static str, label: &'static str, now: Option<String>, width: u8, suffix: &'static str| {
        view! { <TextField ask=ask(visit, field, label) value=value(visit, field, now) inputmode="decimal" width=width suffix=suffix/> }
    };
    let of = |read: fn(&KeptProduct) -> String| kept.map(read);
    let fields = (
        number("min_amount", t::product_min_amount(lang), of(|k| yuan_plain(k.product.amounts.0)), 18, t::unit_yuan(lang)),
        number("max_amount", t::product_max_amount(lang), of(|k| yuan_plain(k.product.amounts.1)), 18, t::unit_yuan(lang)),
        number("min_months", t::product_min_months(lang), of(|k| k.product.months.0.to_string()), 4, t::unit_months(lang)),
        number("max_months", t::product_max_months(lang), of(|k| k.product.months.1.to_string()), 4, t::unit_months(lang)),
        number("min_rate", t::product_min_rate(lang), of(|k| k.product.rates.0.percent()), 6, "%"),
        number("max_rate", t::product_max_rate(lang), of(|k| k.product.rates.1.percent()), 6, "%"),
        number("quota", t::product_quota(lang), of(|k| yuan_plain(k.quota_fen)), 18, t::unit_yuan(lang)),
    );
    view! { <Fieldset legend=t::product_limits(lang)>{fields}</Fieldset> }.into_any()
}

fn ways(visit: &Visit, kept: Option<&KeptProduct>) -> AnyView {
    let lang = visit.lang;
    let typed = !visit.flash.values().is_empty();
    let ticked = |m: Method| {
        if typed { visit.flash.value(&posted(m.code())).is_some() } else { kept.is_some_and(|k| k.product.methods.contains(&m)) }
    };
    let boxes = Method::ALL
        .iter()
        .map(|m| view! { <CheckboxField ask=visit.ask(&posted(m.code()), &method(lang, *m)) checked=ticked(*m)/> })
        .collect_view();
    let counts = DayCount::ALL.iter().map(|d| Choice::new(d.code(), day_count(lang, *d))).collect();
    let now = kept.map(|k| k.product.day_count.code().to_owned());
    view! {
        <Fieldset legend=t::method(lang)>{boxes}</Fieldset>
        <RadioField ask=ask(visit, "day_count", t::day_count(lang)) choices=counts value=value(visit, "day_count", now)/>
    }
    .into_any()
}

/// Stops offering it, or offers it again: a form of its own, so that nothing typed above is sent with it.
fn offered(lang: Lang, kept: &KeptProduct) -> AnyView {
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
