//! Routing (受理分派): ordered rules, the first match wins, and the case records the rule that fired.

use super::{answers::Answers, condition::Condition};
use crate::registry::districts;
use serde::{Deserialize, Serialize};

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Unique in the item; recorded in the case.
    pub rule: String,
    /// When it fires; always where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// Code of the organisation; `{path}` is replaced by the district answered there (`civil-affairs-{address.district}`),
    /// and the rule does not fire where that is not answered with a district of the city.
    pub to: String,
}

/// The organisation that receives an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// Code of the organisation.
    pub organisation: String,
    /// The rule that fired.
    pub rule: String,
}

impl Route {
    /// The paths of the placeholders; `None` where a brace is not closed.
    #[must_use]
    pub fn placeholders(&self) -> Option<Vec<&str>> {
        let paths: Option<Vec<_>> = self.to.split('{').skip(1).map(|rest| Some(rest.split_once('}')?.0)).collect();
        paths
    }

    fn organisation(&self, answers: &Answers) -> Option<String> {
        let mut code = self.to.clone();
        for path in self.placeholders()? {
            // Only a district of the table may become part of a code.
            let district = districts::find(answers.one(path))?;
            code = code.replace(&format!("{{{path}}}"), district.code);
        }
        Some(code)
    }
}

/// The destination for these answers; `None` where no rule fires, which a checked item does not allow.
#[must_use]
pub fn route(routes: &[Route], answers: &Answers) -> Option<Destination> {
    let fires = |r: &&Route| r.when.as_ref().is_none_or(|c| c.holds(answers, &str::to_owned));
    routes.iter().filter(fires).find_map(|r| Some(Destination { organisation: r.organisation(answers)?, rule: r.rule.clone() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(pairs: &[(&str, &str)]) -> Answers {
        Answers::from_pairs(pairs.iter().map(|(p, v)| ((*p).to_owned(), (*v).to_owned()))).unwrap()
    }

    #[test]
    fn the_first_match_wins_and_names_its_rule() {
        let routes = [
            Route {
                rule: "pools".to_owned(),
                when: Some(Condition::Is { field: "type".to_owned(), is: "pool".to_owned() }),
                to: "health".to_owned(),
            },
            Route { rule: "district".to_owned(), when: None, to: "health-{address.district}".to_owned() },
            Route { rule: "city".to_owned(), when: None, to: "health".to_owned() },
        ];
        let to = |pairs: &[(&str, &str)]| {
            let found = route(&routes, &answers(pairs)).unwrap();
            (found.organisation, found.rule)
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(to(&[("address.district", "420106")]), pair("health-420106", "district"));
        assert_eq!(to(&[("type", "pool"), ("address.district", "420106")]), pair("health", "pools"));
        assert_eq!(to(&[]), pair("health", "city"));
        assert_eq!(to(&[("address.district", "x'; drop")]), pair("health", "city"));
        assert_eq!(route(&[], &answers(&[])), None);
    }
}
