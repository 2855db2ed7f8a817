//! The status of a call for the caller and family: who handles it, who is coming, and their distance. The page's script also
//! fetches it alone and redraws it.

use crate::ui::{Icon, IconName, Notice, Tone};
use leptos::prelude::*;
use shared::{
    Lang,
    care::press::{CallStatus, ComingResponder, Phase},
    texts::care_press as t,
};

/// A distance in words: metres to the ten, kilometres to the hundred metres.
#[must_use]
pub fn distance(metres: f64, lang: Lang) -> String {
    if metres < 950.0 {
        t::metres(lang, format!("{:.0}", (metres / 10.0).round().max(1.0) * 10.0))
    } else {
        t::kilometres(lang, format!("{:.1}", metres / 1000.0))
    }
}

/// One responder on the way, in a sentence.
#[must_use]
pub fn responder_line(lang: Lang, one: &ComingResponder) -> String {
    let name = one.name.clone().unwrap_or_else(|| t::a_responder(lang).to_owned());
    let mode = t::find(lang, &format!("mode_{}", one.mode)).unwrap_or_default();
    match (one.arrived, one.set_out, one.distance_m) {
        (true, ..) => t::is_there(lang, name),
        (_, true, Some(metres)) => t::on_the_way_far(lang, t::FarModeName { far: distance(metres, lang), mode, name }),
        (_, true, None) => t::on_the_way(lang, t::ModeName { mode, name }),
        (_, false, Some(metres)) => t::will_come_far(lang, t::FarName { far: distance(metres, lang), name }),
        (_, false, None) => t::will_come(lang, name),
    }
}

/// The target of an escalation step in words.
fn calling_text(lang: Lang, status: &CallStatus) -> String {
    let centre = lang.pick(&status.centre_zh, &status.centre_en);
    let known: Vec<&str> = status.calling.iter().filter_map(|code| t::find(lang, &format!("calling_{code}"))).collect();
    if known.is_empty() { t::calling_centre(lang, centre) } else { t::calling(lang, known.join(lang.pick("、", ", "))) }
}

/// The heading and the sentence of the current stage.
fn headline(lang: Lang, status: &CallStatus) -> (String, String, Tone) {
    let centre = lang.pick(&status.centre_zh, &status.centre_en);
    let by = match (&status.answered_by, status.answered_by_family) {
        (Some(name), _) => t::answered_by(lang, t::CentreName { centre, name }),
        (None, true) => t::answered_by_family(lang).to_owned(),
        (None, false) => t::answered_by_centre(lang, centre),
    };
    match status.phase {
        Phase::Ringing => (t::received(lang).to_owned(), calling_text(lang, status), Tone::Warn),
        Phase::Answered => (by, t::answered_text(lang).to_owned(), Tone::Good),
        Phase::Dispatched if status.coming.is_empty() => (by, t::asked_to_go(lang).to_owned(), Tone::Good),
        Phase::Dispatched => (t::help_comes(lang).to_owned(), by, Tone::Good),
        Phase::OnScene => (t::help_is_there(lang).to_owned(), by, Tone::Good),
        Phase::Ended if status.state == "false_alarm" => {
            (t::ended_taken_back(lang).to_owned(), t::ended_again(lang).to_owned(), Tone::Neutral)
        }
        Phase::Ended => (t::ended(lang).to_owned(), t::ended_again(lang).to_owned(), Tone::Neutral),
    }
}

/// The code of a phase for the page's script.
const fn code(phase: Phase) -> &'static str {
    match phase {
        Phase::Ringing => "ringing",
        Phase::Answered => "answered",
        Phase::Dispatched => "dispatched",
        Phase::OnScene => "on_scene",
        Phase::Ended => "ended",
    }
}

/// The steps of a call, with finished ones marked by icon and text, not by colour alone.
fn steps(lang: Lang, status: &CallStatus) -> Option<AnyView> {
    let reached = match status.phase {
        Phase::Ringing => 1,
        Phase::Answered => 2,
        Phase::Dispatched if status.coming.is_empty() => 2,
        Phase::Dispatched => 3,
        Phase::OnScene => 4,
        Phase::Ended => return None,
    };
    let names = [t::step_received(lang), t::step_answered(lang), t::step_coming(lang), t::step_there(lang)];
    let steps = names
        .into_iter()
        .enumerate()
        .map(|(at, name)| {
            let done = at < reached;
            view! {
                <li class=if done { "sos-step sos-step-done" } else { "sos-step" }>
                    <Icon icon=if done { IconName::CheckCircle } else { IconName::Dot }/>
                    <span>{name}<span class="hidden">{if done { t::step_done(lang) } else { t::step_to_come(lang) }}</span></span>
                </li>
            }
        })
        .collect_view();
    Some(view! { <ol class="sos-steps">{steps}</ol> }.into_any())
}

/// Draws the status of the call.
#[must_use]
pub fn draw_status(lang: Lang, status: &CallStatus) -> AnyView {
    let (title, text, tone) = headline(lang, status);
    let people: Vec<String> = status.coming.iter().map(|one| responder_line(lang, one)).collect();
    let fine = (status.fine && status.phase != Phase::Ended).then(|| view! { <p>{t::said_fine(lang)}</p> });
    let place = (status.phase != Phase::Ended)
        .then(|| view! { <p class="hint">{if status.placed { t::placed(lang) } else { t::not_placed(lang) }}</p> });
    view! {
        <div class="stack" data-phase=code(status.phase)>
            <Notice tone=tone title=title>
                <p>{text}</p>
                {(!people.is_empty()).then(|| view! {
                    <ul class="sos-coming">{people.into_iter().map(|p| view! { <li>{p}</li> }).collect_view()}</ul>
                })}
                {fine}
            </Notice>
            {steps(lang, status)}
            {place}
            <p class="hint">{t::number_line(lang, status.number.clone())}</p>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status() -> CallStatus {
        CallStatus {
            number: "HJ-20260105-ABCDEF".to_owned(),
            phase: Phase::Dispatched,
            state: "dispatched".to_owned(),
            raised_at: jiff::Timestamp::UNIX_EPOCH,
            centre_zh: "武昌区调度中心".to_owned(),
            centre_en: "Wuchang Dispatch".to_owned(),
            calling: vec!["family".to_owned()],
            answered_by: Some("李调度".to_owned()),
            answered_by_family: false,
            coming: Vec::new(),
            cancel_left: 0,
            fine: false,
            placed: true,
            own: true,
            reachable: true,
        }
    }

    fn drawn(status: &CallStatus) -> String {
        Owner::new().with(|| draw_status(Lang::Zh, status).to_html())
    }

    #[test]
    fn the_status_names_holder_and_responders() {
        let waiting = drawn(&status());
        assert!(waiting.contains("李调度") && waiting.contains("data-phase=\"dispatched\""), "{waiting}");
        let one = ComingResponder {
            name: Some("周救援".to_owned()),
            mode: "moped".to_owned(),
            distance_m: Some(1_230.0),
            set_out: true,
            arrived: false,
        };
        let comes = drawn(&CallStatus { coming: vec![one], ..status() });
        assert!(comes.contains("周救援") && comes.contains("1.2 公里"), "{comes}");
        let ringing = drawn(&CallStatus { phase: Phase::Ringing, ..status() });
        assert!(ringing.contains("家属") && !ringing.contains("李调度"), "{ringing}");
    }

    #[test]
    fn distances_are_those_people_think_in() {
        assert_eq!(distance(3.0, Lang::En), "10 m");
        assert_eq!(distance(444.0, Lang::En), "440 m");
        assert_eq!(distance(951.0, Lang::En), "1.0 km");
    }
}
