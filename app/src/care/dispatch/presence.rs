//! Presence of dispatchers on duty: the board asks for it instead of letting the session end without input.

use crate::{
    care::paths::BOARD,
    http::{action_error::ActionError, context::authorize},
    ui::{Button, ButtonKind, Notice, Tone},
};
use leptos::{prelude::*, server_fn::ServerFn};
use server::{access::gate::Access, care::response::duty};
use shared::{account::Permission, texts::dispatch as t};

/// Seconds without input after which the board asks, well before a staff session ends.
const ASK_AFTER: i32 = 600;
/// Seconds to answer; the texts contain the same number.
const ANSWER_SECONDS: i32 = 120;

/// Records that the dispatcher is present (`there`), or did not answer the question. Absent dispatchers are not alerted until
/// they report back.
#[server(prefix = "/api", endpoint = "care/presence")]
pub async fn presence(there: bool) -> Result<(), ActionError> {
    let ctx = authorize(Access::Staff(Permission::AnswerCalls)).await?;
    if there {
        duty::confirm_presence(ctx.store(), &ctx.actor).await?;
    } else {
        duty::mark_absent(ctx.store(), &ctx.actor).await?;
    }
    leptos_axum::redirect(BOARD);
    Ok(())
}

/// Draws the notice for dispatchers off duty, with the button to report back.
pub(super) fn off_duty(on_duty: bool, lang: shared::Lang) -> Option<AnyView> {
    (!on_duty).then(|| {
        view! {
            <Notice tone=Tone::Warn>
                <p>{t::off_duty(lang)}</p>
                <form class="inline-form" method="post" action=Presence::PATH>
                    <input type="hidden" name="there" value="true"/>
                    <Button text=t::presence_back(lang) kind=ButtonKind::Secondary/>
                </form>
            </Notice>
        }
        .into_any()
    })
}

/// Draws the presence check, for dispatchers on duty.
pub(super) fn view(on_duty: bool, lang: shared::Lang) -> Option<AnyView> {
    use crate::islands::care::presence::presence;
    on_duty.then(|| {
        presence([
            ("action", Presence::PATH.to_owned()),
            ("ask_after", ASK_AFTER.to_string()),
            ("grace", ANSWER_SECONDS.to_string()),
            ("title", t::presence_title(lang).to_owned()),
            ("words", t::presence_words(lang).to_owned()),
            ("here", t::presence_here(lang).to_owned()),
            ("absent", t::presence_absent(lang).to_owned()),
        ])
    })
}
