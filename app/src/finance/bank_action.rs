//! `/bank/{number}/{action}`: the form of a bank's action on a demand, and the server function behind it.

use super::terms::{code_text, method};
use crate::{
    http::{
        act::{Target, new_key, posted},
        action_error::ActionError,
        action_form::{ActionFields, ActionPage, FormField, fields},
        context::{Ctx, authorize},
        page::PageResult,
    },
    ui::{ButtonKind, Choice, DateField, Details, FieldProps, RadioField, SelectField, TextArea, TextField},
};
use axum::extract::Path;
use leptos::{prelude::*, server_fn::ServerFn};
use server::access::gate::Access;
use shared::{
    Lang, Problem,
    account::Permission,
    cases::{Action, action_name},
    field,
    finance::{
        Method,
        actions::{MakeOffer, RefuseCredit, SubmitDiligence},
        codes::RefusalCode,
        life::{DEMAND, MAKE_OFFER, REFUSE_CREDIT, RETURN_DILIGENCE, SUBMIT_DILIGENCE},
        money::{yuan, yuan_plain},
        view::{BankView, Product},
    },
    texts::finance as t,
};
use std::{collections::HashMap, sync::Arc};

/// Performs the action of a button or form; `fields` are the inputs of the action.
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

/// The hidden inputs of an action's form.
pub(super) fn hidden(demand: &BankView, action: Action) -> Vec<(&'static str, String)> {
    Target { number: &demand.number, version: demand.version, key: &new_key() }.inputs(Some(action.0))
}

/// The financing demand that the fields belong to, and the action.
struct BankFields {
    demand: Arc<BankView>,
    action: Action,
}

impl ActionFields for BankFields {
    fn sentence(&self, ctx: &Ctx) -> Option<FieldProps> {
        let lang = ctx.lang;
        let (label, hint) = match self.action {
            REFUSE_CREDIT => (t::refuse_sentence(lang), t::refuse_sentence_hint(lang)),
            _ => (t::findings(lang), t::findings_hint(lang)),
        };
        Some(FieldProps::new(posted(field!(SubmitDiligence, sentence)), label).hint(hint))
    }

    fn refusal_code(&self, ctx: &Ctx) -> Option<(FieldProps, Vec<Choice>)> {
        let lang = ctx.lang;
        let choice = |code| Choice::new(code, code_text(lang, "refusal", code)).hint(code_text(lang, "would_change", code));
        let choices = RefusalCode::ALL.iter().map(|code| code.code()).map(choice).collect();
        Some((FieldProps::new(posted(field!(RefuseCredit, code)), t::refuse_code(lang)), choices))
    }

    fn terms(&self, _ctx: &Ctx) -> Option<FormField> {
        let demand = Arc::clone(&self.demand);
        Some(FormField::custom(move |ctx| offer(ctx, &demand)))
    }
}

/// `/bank/{number}/{action}`
pub async fn page(ctx: Ctx, Path((number, action)): Path<(String, String)>) -> PageResult {
    let action = WITH_FORM.into_iter().find(|a| a.0 == action).ok_or(Problem::NotFound)?;
    let demand = server::finance::desk::form(ctx.store(), &ctx.actor, &number).await?;
    if !demand.may(action) {
        return Err(Problem::Conflict {
            number: demand.number,
            state: demand.state,
            version: demand.version.unwrap_or_default(),
            allowed: demand.allowed,
        }
        .into());
    }
    let requirements = DEMAND.find(&demand.state, action.0).next().map(|step| step.requires).ok_or(Problem::NotFound)?;
    let demand = Arc::new(demand);
    let fields = fields(&ctx, requirements, &BankFields { demand: Arc::clone(&demand), action })?;
    let title = action_name(ctx.lang, action.0).to_owned();
    Ok(ctx.desk_page(title, move |ctx| view(ctx, &demand, action, &fields)))
}

fn view(ctx: &Ctx, demand: &BankView, action: Action, fields: &[FormField]) -> AnyView {
    let lang = ctx.lang;
    let page = ActionPage {
        post_to: BankAct::PATH,
        title: action_name(lang, action.0).to_owned(),
        caption: demand.number.clone(),
        state: None,
        above: None,
        back: format!("/bank/{}", demand.number),
        back_text: t::back_to_demand(lang),
        cancel: t::cancel(lang),
        hidden: hidden(demand, action),
        kind: ButtonKind::Primary,
        next: None,
    };
    page.view(ctx, fields)
}

fn offer(ctx: &Ctx, demand: &BankView) -> AnyView {
    let lang = ctx.lang;
    let product = demand.products.iter().map(|p| Choice::new(p.id.to_string(), product_line(lang, p))).collect();
    let known = |m: &&Method| demand.products.iter().any(|p| p.methods.contains(m));
    let methods = Method::ALL.iter().filter(known).map(|m| Choice::new(m.code(), method(lang, *m))).collect();
    let first = |field: &str, text: String| ctx.action_value(field).or(Some(text));
    let until = demand.today.checked_add(jiff::Span::new().days(14)).unwrap_or(demand.today).to_string();
    let limits = demand.products.iter().map(|p| view! { <li>{limits(lang, p)}</li> }).collect_view();
    view! {
        <Details summary=t::product_limits(lang)><ul>{limits}</ul></Details>
        <SelectField
            field=ctx.action_field(field!(MakeOffer, product), t::product(lang)).required()
            choices=product
            value=ctx.action_value(field!(MakeOffer, product))
            empty=t::choose(lang)
        />
        <TextField
            field=ctx.action_field(field!(MakeOffer, amount), t::amount(lang)).required()
            value=first(field!(MakeOffer, amount), yuan_plain(demand.request.amount_fen))
            inputmode="decimal"
            width=18
            suffix=t::unit_yuan(lang)
        />
        <TextField
            field=ctx.action_field(field!(MakeOffer, months), t::months(lang)).required()
            value=first(field!(MakeOffer, months), demand.request.months.to_string())
            inputmode="numeric"
            width=4
            suffix=t::unit_months(lang)
        />
        <RadioField field=ctx.action_field(field!(MakeOffer, method), t::method(lang)).required() choices=methods value=ctx.action_value(field!(MakeOffer, method))/>
        <TextField
            field=ctx.action_field(field!(MakeOffer, rate), t::rate(lang)).hint(t::rate_hint(lang)).required()
            value=ctx.action_value(field!(MakeOffer, rate))
            inputmode="decimal"
            width=6
            suffix="%"
        />
        <TextField
            field=ctx.action_field(field!(MakeOffer, grace), t::grace(lang)).hint(t::grace_hint(lang))
            value=ctx.action_value(field!(MakeOffer, grace))
            inputmode="numeric"
            width=4
            suffix=t::unit_months(lang)
        />
        <TextField
            field=ctx.action_field(field!(MakeOffer, service_fee), t::service_fee(lang)).hint(t::fee_hint(lang))
            value=ctx.action_value(field!(MakeOffer, service_fee))
            inputmode="decimal"
            width=11
            suffix=t::unit_yuan(lang)
        />
        <TextField
            field=ctx.action_field(field!(MakeOffer, guarantee), t::guarantee(lang)).hint(t::fee_hint(lang))
            value=ctx.action_value(field!(MakeOffer, guarantee))
            inputmode="decimal"
            width=11
            suffix=t::unit_yuan(lang)
        />
        <DateField field=ctx.action_field(field!(MakeOffer, valid_until), t::valid_until(lang)).required() value=first(field!(MakeOffer, valid_until), until)/>
        <TextArea field=ctx.action_field(field!(MakeOffer, conditions), t::conditions(lang)).hint(t::conditions_hint(lang)) rows=3 maxlength=1000 value=ctx.action_value(field!(MakeOffer, conditions))/>
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
