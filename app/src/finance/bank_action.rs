//! `/bank/{number}/{action}`: the form of what a bank does with a demand.

use crate::{
    cases::act::posted,
    finance::{
        bank_act::BankAct,
        bank_demand::{WITH_FORM, hidden},
        terms::{method, word},
    },
    http::{
        page::{PageResult, answer},
        visit::Visit,
    },
    ui::{
        Ask, BackLink, Button, ButtonKind, ButtonRow, Choice, DateField, Details, LinkButton, PageHeading, PostForm, RadioField,
        SelectField, TextArea, TextField,
    },
};
use axum::{extract::Path, response::Response};
use leptos::{prelude::*, server_fn::ServerFn};
use shared::{
    Lang, Problem,
    cases::{Action, action_name},
    finance::{
        Method,
        life::{MAKE_OFFER, REFUSAL_CODES, REFUSE_CREDIT},
        money::{yuan, yuan_plain},
        view::{BankView, Product},
    },
    texts::finance as t,
};

/// `/bank/{number}/{action}`
pub async fn page(visit: Visit, Path((number, action)): Path<(String, String)>) -> Response {
    answer(load(visit, &number, &action).await)
}

async fn load(visit: Visit, number: &str, action: &str) -> PageResult {
    let action = WITH_FORM.into_iter().find(|a| a.0 == action).ok_or(Problem::NotFound)?;
    let demand = server::finance::desk::form(visit.store(), &visit.actor, number).await.map_err(|e| visit.problem(e))?;
    if !demand.may(action) {
        return Err(Problem::Conflict {
            number: demand.number,
            state: demand.state,
            version: demand.version.unwrap_or_default(),
            allowed: demand.allowed,
        });
    }
    let title = action_name(visit.lang, action.0).to_owned();
    Ok(visit.desk_page(title, move |visit| view(visit, &demand, action)))
}

fn view(visit: &Visit, demand: &BankView, action: Action) -> AnyView {
    let lang = visit.lang;
    let back = format!("/bank/{}", demand.number);
    let title = action_name(lang, action.0).to_owned();
    let hidden = hidden(demand, action);
    let fields = match action {
        MAKE_OFFER => offer(visit, demand),
        REFUSE_CREDIT => {
            view! { {code(visit)} {sentence(visit, t::refuse_sentence(lang), t::refuse_sentence_hint(lang))} }.into_any()
        }
        _ => sentence(visit, t::findings(lang), t::findings_hint(lang)),
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

fn ask(visit: &Visit, field: &str, label: &str) -> Ask {
    visit.ask(&posted(field), label)
}

fn typed(visit: &Visit, field: &str) -> Option<String> {
    visit.flash.value(&posted(field))
}

fn sentence(visit: &Visit, label: &str, hint: &'static str) -> AnyView {
    view! { <TextArea ask=ask(visit, "sentence", label).hint(hint).required() maxlength=1000 value=typed(visit, "sentence")/> }
        .into_any()
}

fn code(visit: &Visit) -> AnyView {
    let lang = visit.lang;
    let choices = REFUSAL_CODES
        .iter()
        .map(|code| Choice::new(*code, word(lang, "refusal", code)).hint(word(lang, "would_change", code)))
        .collect();
    view! { <RadioField ask=ask(visit, "code", t::refuse_code(lang)).required() choices=choices value=typed(visit, "code")/> }
        .into_any()
}

fn offer(visit: &Visit, demand: &BankView) -> AnyView {
    let lang = visit.lang;
    let product = demand.products.iter().map(|p| Choice::new(p.id.to_string(), product_line(lang, p))).collect();
    let known = |m: &&Method| demand.products.iter().any(|p| p.methods.contains(m));
    let methods = Method::ALL.iter().filter(known).map(|m| Choice::new(m.code(), method(lang, *m))).collect();
    let first = |field: &str, text: String| typed(visit, field).or(Some(text));
    let until = demand.today.checked_add(jiff::Span::new().days(14)).unwrap_or(demand.today).to_string();
    let limits = demand.products.iter().map(|p| view! { <li>{limits(lang, p)}</li> }).collect_view();
    view! {
        <Details summary=t::product_limits(lang)><ul>{limits}</ul></Details>
        <SelectField
            ask=ask(visit, "product", t::product(lang)).required()
            choices=product
            value=typed(visit, "product")
            empty=t::choose(lang)
        />
        <TextField
            ask=ask(visit, "amount", t::amount(lang)).required()
            value=first("amount", yuan_plain(demand.asked.amount_fen))
            inputmode="decimal"
            width=18
            suffix=t::unit_yuan(lang)
        />
        <TextField
            ask=ask(visit, "months", t::months(lang)).required()
            value=first("months", demand.asked.months.to_string())
            inputmode="numeric"
            width=4
            suffix=t::unit_months(lang)
        />
        <RadioField ask=ask(visit, "method", t::method(lang)).required() choices=methods value=typed(visit, "method")/>
        <TextField
            ask=ask(visit, "rate", t::rate(lang)).hint(t::rate_hint(lang)).required()
            value=typed(visit, "rate")
            inputmode="decimal"
            width=6
            suffix="%"
        />
        <TextField
            ask=ask(visit, "grace", t::grace(lang)).hint(t::grace_hint(lang))
            value=typed(visit, "grace")
            inputmode="numeric"
            width=4
            suffix=t::unit_months(lang)
        />
        <TextField
            ask=ask(visit, "service_fee", t::service_fee(lang)).hint(t::fee_hint(lang))
            value=typed(visit, "service_fee")
            inputmode="decimal"
            width=11
            suffix=t::unit_yuan(lang)
        />
        <TextField
            ask=ask(visit, "guarantee", t::guarantee(lang)).hint(t::fee_hint(lang))
            value=typed(visit, "guarantee")
            inputmode="decimal"
            width=11
            suffix=t::unit_yuan(lang)
        />
        <DateField ask=ask(visit, "valid_until", t::valid_until(lang)).required() value=first("valid_until", until)/>
        <TextArea ask=ask(visit, "conditions", t::conditions(lang)).hint(t::conditions_hint(lang)) rows=3 maxlength=1000 value=typed(visit, "conditions")/>
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
