//! The pages of a long form with their progress.

use super::{
    icon::{Icon, IconName},
    optional_text::OptionalText,
    tag::Tag,
    tone::Tone,
};
use leptos::prelude::*;

/// One page of a form.
#[derive(Clone, Debug)]
pub struct Task {
    /// The address; none if it cannot be started yet.
    pub href: OptionalText,
    /// The title.
    pub title: String,
    /// A hint, such as why it cannot be started yet.
    pub hint: OptionalText,
    /// The progress in words.
    pub status: String,
    /// The tone of the status.
    pub tone: Tone,
}

/// The list of tasks.
#[component]
pub fn TaskList(
    /// The tasks in the recommended order.
    tasks: Vec<Task>,
) -> impl IntoView {
    view! {
        <ul class="tasks">
            {tasks
                .into_iter()
                .enumerate()
                .map(|(index, task)| {
                    let status_id = format!("task-{index}-status");
                    let title = match task.href.get() {
                        Some(href) => {
                            view! { <a class="task-title" href=href aria-describedby=status_id.clone()>{task.title}</a> }
                                .into_any()
                        }
                        None => view! { <span class="task-title">{task.title}</span> }.into_any(),
                    };
                    view! {
                        <li class="task">
                            <div class="task-words">
                                {title} {task.hint.get().map(|text| view! { <p class="hint">{text}</p> })}
                            </div>
                            <div id=status_id><Tag text=task.status tone=task.tone/></div>
                            <Icon icon=IconName::Chevron/>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
}
