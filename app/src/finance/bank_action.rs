//! `/bank/{number}/{action}`: the form of a bank's action on a demand, and the server function behind it.

use super::terms::{method, word};
use crate::{
    http::{
        act::{Target, posted},
        action_error::ActionError,
        context::{Ctx, authorize},
        page::PageResult,
    },
    ui::{
        BackLink, Button, ButtonKind, ButtonRow, Choice, DateField, Details, FieldProps, LinkButton, PageHeading, PostForm,
        RadioField, SelectField, TextArea, TextField,
    },
};
use axum::extract::Path;
use leptos::{prelude::*, server_fn::ServerFn};
use server::account::gate::Access;
use shared::{
    Lang, Problem,
    account::Permission,
    cases::{Action, action_name},
    field,
    finance::{
        Method,
        actions::{MakeOffer, RefuseCredit, SubmitDiligence},
        codes::RefusalCode,
        life::{MAKE_OFFER, REFUSE_CREDIT, RETURN_DILIGENCE, SUBMIT_DILIGENCE},
        money::{yuan, yuan_plain},
        view::{BankView, Product},
    },
    texts::finance as t,
};
use std::collections::HashMap;

/// Does what a page's button or form asks; `fields` are what the action's handler knows.
#[server(prefix = "/api", endpoint = "bank/act")]
pub async fn bank_act(
    number: String,
    action: String,
    version: Option<i32>,
    key: String,
    #[server(default)] fields: HashMap<String, String>,
) -> Result<(), ActionError> {
    let ctx = authorize(Access::Staff(Permission::MakeOffers)).await?;
    let done = ctx.act_posted(Target { number: &number, version, key: &key }, &action, fields).await?;
    ctx.finish(&format!("/bank/{}", done.number), &format!("demand_{action}")).await
}

/// Actions with a form on a page of its own.
pub(super) const WITH_FORM: [Action; 4] = [MAKE_OFFER, SUBMIT_DILIGENCE, REFUSE_CREDIT, RETURN_DILIGENCE];

/// The hidden fields of an action's form.
pub(super) fn hidden(demand: &BankView, action: Action) -> Vec<(&'static str, String)> {
    let version = demand.version.map(|version| ("version", version.to_string()));
    let all = [("number", demand.number.clone()), ("action", action.0.to_owned()), ("key", uuid::Uuid::new_v4().to_string())];
    all.into_iter().chain(version).collect()
}

/// `/bank/{number}/{action}`
pub async fn page(ctx: Ctx, Path((number, action)): Path<(String, String)>) -> PageResult {
    load(ctx, &number, &action).await
}

async fn load(ctx: Ctx, number: &str, action: &str) -> PageResult {
    let action = WITH_FORM.into_iter().find(|a| a.0 == action).ok_or(Problem::NotFound)?;
    let demand = server::finance::desk::form(ctx.store(), &ctx.actor, number).await.map_err(|e| ctx.problem(e))?;
    if !demand.may(action) {
        return Err(Problem::Conflict {
            number: demand.number,
            state: demand.state,
            version: demand.version.unwrap_or_default(),
            allowed: demand.allowed,
        }
        .into());
    }
    let title = action_name(ctx.lang, action.0).to_owned();
    Ok(ctx.desk_page(title, move |ctx| view(ctx, &demand, action)))
}

fn view(ctx: &Ctx, demand: &BankView, action: Action) -> AnyView {
    let lang = ctx.lang;
    let back = format!("/bank/{}", demand.number);
    let title = action_name(lang, action.0).to_owned();
    let hidden = hidden(demand, action);
    let fields = match action {
        MAKE_OFFER => offer(ctx, demand),
        REFUSE_CREDIT => {
            view! { {code(ctx)} {sentence(ctx, t::refuse_sentence(lang), t::refuse_sentence_hint(lang))} }.into_any()
        }
        _ => sentence(ctx, t::findings(lang), t::findings_hint(lang)),
    };
    view! {
        <BackLink href=back.clone() text=t::back_to_demand(lang)/>
        <PageHeading title=title.clone() caption=demand.number.clone()/>
        <PostForm action=BankAct::PATH hidden=hidden>
            {fields}
            <ButtonRow>
                <Button text=title/>
                <LinkButton href=back text=t::cancel(lang) kind=ButtonKind::Quiet/>
            </ButtonRow>
        </PostForm>
    }
    .into_any()
}

fn field_props(ctx: &Ctx, field: &str, label: &str) -> FieldProps {
    ctx.field(&posted(field), label)
}

fn typed(ctx: &Ctx, field: &str) -> Option<String> {
    ctx.flash.value(&posted(field))
}

fn sentence(ctx: &Ctx, label: &str, hint: &'static str) -> AnyView {
    view! { <TextArea field=field_props(ctx, field!(SubmitDiligence, sentence), label).hint(hint).required() maxlength=1000 value=typed(ctx, field!(SubmitDiligence, sentence))/> }
        .into_any()
}

fn code(ctx: &Ctx) -> AnyView {
    let lang = ctx.lang;
    let choices = RefusalCode::ALL
        .iter()
        .map(|code| code.code())
        .map(|code| Choice::new(code, word(lang, "refusal", code)).hint(word(lang, "would_change", code)))
        .collect();
    view! { <RadioField field=field_props(ctx, field!(RefuseCredit, code), t::refuse_code(lang)).required() choices=choices value=typed(ctx, field!(RefuseCredit, code))/> }
        .into_any()
}

fn offer(ctx: &Ctx, demand: &BankView) -> AnyView {
    let lang = ctx.lang;
    let product = demand.products.iter().map(|p| Choice::new(p.id.to_string(), product_line(lang, p))).collect();
    let known = |m: &&Method| demand.products.iter().any(|p| p.methods.contains(m));
    let methods = Method::ALL.iter().filter(known).map(|m| Choice::new(m.code(), method(lang, *m))).collect();
    let first = |field: &str, text: String| typed(ctx, field).or(Some(text));
    let until = demand.today.checked_add(jiff::Span::new().days(14)).unwrap_or(demand.today).to_string();
    let limits = demand.products.iter().map(|p| view! { <li>{limits(lang, p)}</li> }).collect_view();
    view! {
        <Details summary=t::product_limits(lang)><ul>{limits}</ul></Details>
        <SelectField
            field=field_props(ctx, field!(MakeOffer, product), t::product(lang)).required()
            choices=product
            value=typed(ctx, field!(MakeOffer, product))
            empty=t::choose(lang)
        />
        <TextField
            field=field_props(ctx, field!(MakeOffer, amount), t::amount(lang)).required()
            value=first("amount", yuan_plain(demand.request.amount_fen))
            inputmode="decimal"
            width=18
            suffix=t::unit_yuan(lang)
        />
        <TextField
            field=field_props(ctx, field!(MakeOffer, months), t::months(lang)).required()
            value=first("months", demand.request.months.to_string())
            inputmode="numeric"
            width=4
            suffix=t::unit_months(lang)
        />
        <RadioField field=field_props(ctx, field!(MakeOffer, method), t::method(lang)).required() choices=methods value=typed(ctx, field!(MakeOffer, method))/>
        <TextField
            field=field_props(ctx, field!(MakeOffer, rate), t::rate(lang)).hint(t::rate_hint(lang)).required()
            value=typed(ctx, field!(MakeOffer, rate))
            inputmode="decimal"
            width=6
            suffix="%"
        />
        <TextField
            field=field_props(ctx, field!(MakeOffer, grace), t::grace(lang)).hint(t::grace_hint(lang))
            value=typed(ctx, field!(MakeOffer, grace))
            inputmode="numeric"
            width=4
            suffix=t::unit_months(lang)
        />
        <TextField
            field=field_props(ctx, field!(MakeOffer, service_fee), t::service_fee(lang)).hint(t::fee_hint(lang))
            value=typed(ctx, field!(MakeOffer, service_fee))
            inputmode="decimal"
            width=11
            suffix=t::unit_yuan(lang)
        />
        <TextField
            field=field_props(ctx, field!(MakeOffer, guarantee), t::guarantee(lang)).hint(t::fee_hint(lang))
            value=typed(ctx, field!(MakeOffer, guarantee))
            inputmode="decimal"
            width=11
            suffix=t::unit_yuan(lang)
        />
        <DateField field=field_props(ctx, field!(MakeOffer, valid_until), t::valid_until(lang)).required() value=first("valid_until", until)/>
        <TextArea field=field_props(ctx, field!(MakeOffer, conditions), t::conditions(lang)).hint(t::conditions_hint(lang)) rows=3 maxlength=1000 value=typed(ctx, field!(MakeOffer, conditions))/>
    }
    .into_any()
}

fn product_line(lang: Lang, product: &Product) -> String {
    t::product_line(lang, t::FreeName { free: yuan(product.free_fen), name: product.name.text(lang) })
}

fn limits(lang: Lang, product: &Product) -> String {
    let rates = format!("{}–{} %", product.rates.0.percent(), product.rates.1.percent());
    let methods: Vec<String> = product.methods.iter().map(|m| method(lang, *m)).collect();
    let amounts = format!("{}–{}", yuan(product.amounts.0), yuan(product.amounts.1));
    let months = format!("{}–{}", product.months.0, product.months.1);
    t::product_limits_line(
        lang,
        t::AmountsMethodsMonthsNameRates {
            amounts,
            methods: methods.join(lang.pick("、", ", ")),
            months,
            name: product.name.text(lang),
            rates,
        },
    )
}
