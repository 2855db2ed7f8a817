//! Whether a dispatcher on duty is there: the board asks, instead of ending the session of somebody who only watches.

use crate::http::Refusal;
use leptos::prelude::*;

/// Seconds without a key or a pointer after which the board asks: well before a session of staff ends.
#[cfg(feature = "ssr")]
const ASK_AFTER: i32 = 600;
/// Seconds to answer in; the texts say so too.
#[cfg(feature = "ssr")]
const GRACE: i32 = 120;

/// Somebody at a board shows that they are there (`there`), or did not answer when it asked. Whoever is absent is not
/// called any more until they say that they are back.
#[server(prefix = "/api", endpoint = "care/presence")]
pub async fn presence(there: bool) -> Result<(), Refusal> {
    use crate::http::visit::enter;
    use server::{account::gate::Access, care::response::duty};
    use shared::account::Permission;

    let visit = enter(Access::Staff(Permission::AnswerCalls)).await?;
    if there {
        duty::seen(visit.store(), &visit.actor).await?;
    } else {
        duty::absent(visit.store(), &visit.actor).await?;
    }
    leptos_axum::redirect(super::dispatch::BOARD);
    Ok(())
}

/// What somebody who is not on duty is told above the board, with the button by which whoever was absent is back.
#[cfg(feature = "ssr")]
pub(super) fn off_duty(on_duty: bool, lang: shared::Lang) -> Option<AnyView> {
    use crate::ui::{Button, ButtonKind, Notice, Tone};
    use leptos::server_fn::ServerFn;
    use shared::texts::dispatch as t;
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

/// The island, for whoever is on duty.
#[cfg(feature = "ssr")]
pub(super) fn view(on_duty: bool, lang: shared::Lang) -> Option<AnyView> {
    use super::islands::presence::presence;
    use leptos::server_fn::ServerFn;
    use shared::texts::dispatch as t;
    on_duty.then(|| {
        presence([
            ("action", Presence::PATH.to_owned()),
            ("ask_after", ASK_AFTER.to_string()),
            ("grace", GRACE.to_string()),
            ("title", t::presence_title(lang).to_owned()),
            ("words", t::presence_words(lang).to_owned()),
            ("here", t::presence_here(lang).to_owned()),
            ("absent", t::presence_absent(lang).to_owned()),
        ])
    })
}
