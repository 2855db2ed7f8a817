//! `huimin calc loan` and `huimin calc apr`: repayment schedules and annual costs, for comparison with those of a bank.

use super::{Fault, day, required, text};
use crate::finance::{AnnualCost, CashFlow, CostFault, DayCount, Fen, Loan, Method, Rate, cost::MAX_FLOWS};
use jiff::civil::Date;
use serde_json::{Map, Value};

pub(super) const LOAN_FIELDS: &[&str] =
    &["principal_fen", "annual_rate", "periods", "method", "start", "day_count", "grace_periods"];
pub(super) const APR_FIELDS: &[&str] = &["flows"];
const FLOW_FIELDS: [&str; 2] = ["date", "fen"];

pub(super) fn loan(document: &Map<String, Value>) -> Result<String, Fault> {
    let loan = Loan {
        principal_fen: whole("principal_fen", required(document, "principal_fen")?)?,
        annual_rate: Rate::parse(text("annual_rate", required(document, "annual_rate")?)?)
            .map_err(|fault| Fault::new("annual_rate", fault.to_string()))?,
        periods: periods("periods", required(document, "periods")?)?,
        method: one_of("method", required(document, "method")?, Method::ALL, Method::code)?,
        start: day("start", required(document, "start")?)?,
        day_count: one_of("day_count", required(document, "day_count")?, DayCount::ALL, DayCount::code)?,
        grace_periods: document.get("grace_periods").map_or(Ok(0), |value| periods("grace_periods", value))?,
    };
    let schedule = loan.schedule().map_err(|fault| Fault::new(fault.field(), fault.to_string()))?;
    serde_json::to_string(&schedule).map_err(|e| Fault::new("", e.to_string()))
}

pub(super) fn apr(document: &Map<String, Value>) -> Result<String, Fault> {
    let Value::Array(list) = required(document, "flows")? else { return Err(Fault::new("flows", "must be a list")) };
    if list.len() > MAX_FLOWS {
        return Err(Fault::new("flows", CostFault::TooMany.to_string()));
    }
    let flows: Vec<CashFlow> = list.iter().enumerate().map(|(at, value)| flow(at, value)).collect::<Result<_, _>>()?;
    let cost = AnnualCost::of(&flows).map_err(|fault| Fault::new("flows", fault.to_string()))?;
    let [nominal, effective, xirr] = [cost.nominal, cost.effective, cost.xirr].map(AnnualCost::decimal);
    Ok(format!(r#"{{"nominal":"{nominal}","effective":"{effective}","xirr":"{xirr}"}}"#))
}

fn flow(at: usize, value: &Value) -> Result<CashFlow, Fault> {
    let within = |fault: Fault| Fault { field: format!("flows[{at}].{}", fault.field), ..fault };
    let Value::Object(fields) = value else {
        return Err(Fault::new(&format!("flows[{at}]"), r#"must be an object such as {"date":"2026-01-15","fen":99000000}"#));
    };
    if let Some(key) = fields.keys().find(|key| !FLOW_FIELDS.contains(&key.as_str())) {
        return Err(within(Fault::new(key, "unknown field; known are date, fen")));
    }
    let date: Date = required(fields, "date").and_then(|value| day("date", value)).map_err(within)?;
    let fen: Fen = required(fields, "fen").and_then(|value| whole("fen", value)).map_err(within)?;
    Ok(CashFlow { date, fen })
}

/// A whole number of fen.
fn whole(field: &str, value: &Value) -> Result<Fen, Fault> {
    value.as_i64().ok_or_else(|| Fault::new(field, "must be a whole number of fen"))
}

/// A number of months; one beyond every loan is taken as the largest.
fn periods(field: &str, value: &Value) -> Result<u32, Fault> {
    let months = value.as_u64().ok_or_else(|| Fault::new(field, "must be a whole number of months"))?;
    Ok(u32::try_from(months).unwrap_or(u32::MAX))
}

fn one_of<T: Copy>(field: &str, value: &Value, all: &[T], code: fn(T) -> &'static str) -> Result<T, Fault> {
    let wanted = text(field, value)?;
    all.iter().copied().find(|one| code(*one) == wanted).ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(|one| code(*one)).collect();
        Fault::new(field, format!("must be one of {}", known.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use crate::calc::{answer, command};
    use serde_json::Value;

    fn ask(name: &str, line: &str) -> Value {
        serde_json::from_str(&answer(command(name).unwrap(), line)).unwrap()
    }

    const LOAN: &str = r#"{"principal_fen":100000000,"annual_rate":"0.0345","periods":12,"method":"equal_instalment","start":"2026-01-15","day_count":"30/360"}"#;

    #[test]
    fn a_loan_is_answered_with_exactly_these_fields() {
        let line = answer(command("loan").unwrap(), LOAN);
        assert!(
            line.starts_with(
                r#"{"instalments":[{"n":1,"due":"2026-02-15","principal_fen":8202382,"interest_fen":287500,"payment_fen":8489882,"balance_fen":91797618},"#
            ),
            "{line}"
        );
        assert!(line.ends_with(r#"],"total_interest_fen":1878585}"#), "{line}");
    }

    #[test]
    fn a_cost_is_answered_with_three_decimals() {
        let schedule = ask("loan", LOAN);
        let mut flows = vec![r#"{"date":"2026-01-15","fen":99000000}"#.to_owned()];
        for one in schedule["instalments"].as_array().unwrap() {
            flows.push(format!(r#"{{"date":{},"fen":-{}}}"#, one["due"], one["payment_fen"]));
        }
        let answer = ask("apr", &format!(r#"{{"flows":[{}]}}"#, flows.join(",")));
        for (name, begins) in [("nominal", "0.05325"), ("effective", "0.05457"), ("xirr", "0.05479")] {
            let text = answer[name].as_str().unwrap();
            let near: f64 = begins.parse().unwrap();
            assert!((text.parse::<f64>().unwrap() - near).abs() < 6e-6 && text.len() == 14, "{name} {text}");
        }
    }

    #[test]
    fn a_bad_line_names_its_field() {
        let with = |from: &str, to: &str| LOAN.replace(from, to);
        for (line, field) in [
            (with("100000000", "0"), "principal_fen"),
            (with("100000000", "-1"), "principal_fen"),
            (with("100000000", "1.5"), "principal_fen"),
            (with("100000000", "100000000000001"), "principal_fen"),
            (with("\"0.0345\"", "0.0345"), "annual_rate"),
            (with("0.0345", "3.45%"), "annual_rate"),
            (with("0.0345", "-0.01"), "annual_rate"),
            (with("0.0345", "24"), "annual_rate"),
            (with(":12", ":0"), "periods"),
            (with(":12", ":601"), "periods"),
            (with(":12", ":18446744073709551615"), "periods"),
            (with("equal_instalment", "annuity"), "method"),
            (with("2026-01-15", "2026-02-30"), "start"),
            (with("2026-01-15", "9999-12-01"), "start"),
            (with("30/360", "30E/360"), "day_count"),
            (with("{", r#"{"grace_periods":12,"#), "grace_periods"),
            (with("{", r#"{"grace_periods":-1,"#), "grace_periods"),
            (with("{", r#"{"fee_fen":1,"#), "fee_fen"),
            ("{}".to_owned(), "principal_fen"),
        ] {
            assert_eq!(ask("loan", &line)["error"]["field"], field, "{line}");
        }
        for (flows, field) in [
            ("1", "flows"),
            ("[]", "flows"),
            (r#"[{"date":"2026-01-15","fen":1}]"#, "flows"),
            (r#"[{"date":"2026-01-15","fen":100},{"date":"2026-02-15","fen":100}]"#, "flows"),
            (r#"[{"date":"2026-01-15","fen":100},{"date":"2026-02-15","fen":-300},{"date":"2026-03-15","fen":201}]"#, "flows"),
            ("[1]", "flows[0]"),
            (r#"[{"date":"2026-01-15"}]"#, "flows[0].fen"),
            (r#"[{"date":"2026-01-15","fen":1},{"date":"15.1.2026","fen":1}]"#, "flows[1].date"),
            (r#"[{"date":"2026-01-15","fen":1.5}]"#, "flows[0].fen"),
            (r#"[{"date":"2026-01-15","fen":1,"kind":"fee"}]"#, "flows[0].kind"),
        ] {
            let answer = ask("apr", &format!(r#"{{"flows":{flows}}}"#));
            assert_eq!(answer["error"]["field"], field, "{flows}");
        }
    }
}
