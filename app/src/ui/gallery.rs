//! Every component in every state, on one page: for developers, and for the visual and axe tests.

use super::*;
use leptos::prelude::*;
use shared::{Lang, texts::ui as t};

/// The content of the page `/ui` (without its frame).
#[must_use]
pub fn gallery(lang: Lang) -> AnyView {
    let parts = [
        (t::part_words(lang), words(lang)),
        (t::part_buttons(lang), buttons(lang)),
        (t::part_status(lang), status(lang)),
        (t::part_fields(lang), fields(lang)),
        (t::part_wrong(lang), wrong(lang)),
        (t::part_answers(lang), answers(lang)),
        (t::part_time(lang), time(lang)),
        (t::part_lists(lang), lists(lang)),
        (t::part_cards(lang), cards(lang)),
        (t::part_done(lang), done(lang)),
        (t::part_desk(lang), desk(lang)),
    ];
    view! {
        <PageHeading title=t::gallery_title(lang) caption=t::gallery_caption(lang) lead=t::gallery_lead(lang)/>
        {parts
            .into_iter()
            .map(|(title, part)| view! { <section class="stack"><h2 class="part">{title}</h2>{part}</section> })
            .collect_view()}
    }
    .into_any()
}

/// A frame with sample content, for a resident who acts for another person.
#[must_use]
pub fn sample_frame(lang: Lang) -> Frame {
    Frame {
        text: FrameText {
            site: t::site(lang).into(),
            site_part: OptionalText::default(),
            skip: t::skip(lang).into(),
            nav: t::nav(lang).into(),
            tools: t::tools(lang).into(),
            footer: t::footer(lang).into(),
        },
        home: "/".into(),
        nav: vec![
            FrameLink::new("/", t::nav_home(lang)).icon(IconName::Home),
            FrameLink::new("/services", t::nav_services(lang)).icon(IconName::Services).current(true),
            FrameLink::new("/inbox", t::nav_inbox(lang)).icon(IconName::Inbox).badge("2", t::inbox_badge(lang)),
            FrameLink::new("/me", t::nav_me(lang)).icon(IconName::User),
        ],
        user: Some(FrameLink::new("/me", t::user_resident(lang))),
        acting_for: t::acting_for(lang).into(),
        acting_end: Some(sample_switch("acting", t::acting_end(lang))),
        switches: sample_switches(lang),
        return_to: "/ui".into(),
        sos: Some(FrameLink::new("#sos", shared::texts::care_press::press_short(lang)).icon(IconName::Alert)),
        footer: vec![
            FrameLink::new("#help", t::footer_help(lang)),
            FrameLink::new("#privacy", t::footer_privacy(lang)),
            FrameLink::new("#access", t::footer_access(lang)),
        ],
    }
}

fn sample_switch(name: &'static str, text: &str) -> FrameSwitch {
    FrameSwitch { action: "/ui".into(), name, value: "on".into(), text: text.into(), lang: None, icon: None, pressed: None }
}

fn sample_switches(lang: Lang) -> Vec<FrameSwitch> {
    vec![
        FrameSwitch { icon: Some(IconName::Elder), pressed: Some(false), ..sample_switch("mode", t::to_elder(lang)) },
        FrameSwitch {
            lang: Some(lang.pick(Lang::En, Lang::Zh).tag()),
            icon: Some(IconName::Globe),
            ..sample_switch("lang", t::to_other_language(lang))
        },
    ]
}

fn words(lang: Lang) -> AnyView {
    view! {
        <BackLink href="#back" text=t::back(lang)/>
        <div class="page-heading">
            <div class="page-heading-words">
                <p class="caption">{t::sample_caption(lang)}</p>
                <h3>{t::sample_title(lang)}</h3>
                <p class="lead">{t::sample_lead(lang)}</p>
            </div>
            <div class="page-heading-side"><Tag text=t::status_progress(lang) tone=Tone::Progress/></div>
        </div>
        <p>{t::sample_text(lang)} " " <a href="#more">{t::more(lang)}</a></p>
        <Details summary=t::details_summary(lang)><p>{t::details_body(lang)}</p></Details>
        <p>
            <Money text=t::amount(lang) per=t::amount_per(lang) large=true/>
        </p>
        <p><Money text=t::amount(lang)/></p>
        <div>
            <Masked
                text="4201**********1234"
                spoken=t::id_spoken(lang)
                reveal="/ui"
                reveal_text=t::reveal(lang)
            />
        </div>
        <p><Masked text="4201**********1234" spoken=t::id_spoken(lang)/></p>
    }
    .into_any()
}

fn buttons(lang: Lang) -> AnyView {
    view! {
        <ButtonRow>
            <Button text=t::continue_button(lang)/>
            <Button text=t::save(lang) kind=ButtonKind::Secondary/>
            <Button text=t::more(lang) kind=ButtonKind::Quiet/>
            <Button text=t::withdraw(lang) kind=ButtonKind::Danger/>
        </ButtonRow>
        <ButtonRow>
            <Button text=t::not_now(lang) disabled=true/>
            <Button text=t::not_now(lang) kind=ButtonKind::Secondary disabled=true/>
            <Button text=t::not_now(lang) kind=ButtonKind::Danger disabled=true/>
        </ButtonRow>
        <ButtonRow>
            <LinkButton href="#start" text=t::start(lang) icon=IconName::ArrowRight/>
            <LinkButton href="#more" text=t::more(lang) kind=ButtonKind::Secondary icon=IconName::Info/>
        </ButtonRow>
    }
    .into_any()
}

fn status(lang: Lang) -> AnyView {
    view! {
        <div class="row">
            <Tag text=t::status_neutral(lang)/>
            <Tag text=t::status_progress(lang) tone=Tone::Progress/>
            <Tag text=t::status_good(lang) tone=Tone::Good/>
            <Tag text=t::status_warn(lang) tone=Tone::Warn/>
            <Tag text=t::status_bad(lang) tone=Tone::Bad/>
        </div>
        <Notice><p>{t::notice_info(lang)}</p></Notice>
        <Notice tone=Tone::Neutral><p>{t::notice_info(lang)}</p></Notice>
        <Notice tone=Tone::Good title=t::notice_good_title(lang) live=true><p>{t::notice_good(lang)}</p></Notice>
        <Notice tone=Tone::Warn title=t::notice_warn_title(lang)>
            <p>{t::notice_warn(lang)}</p>
            <LinkButton href="#change" text=t::change(lang)/>
        </Notice>
        <Notice tone=Tone::Bad title=t::notice_bad_title(lang)><p>{t::notice_bad(lang)}</p></Notice>
    }
    .into_any()
}

fn districts(lang: Lang) -> Vec<Choice> {
    vec![
        Choice::new("420102", t::district_a(lang)),
        Choice::new("420103", t::district_b(lang)),
        Choice::new("420106", t::district_c(lang)),
    ]
}

fn ways_of_living(lang: Lang) -> Vec<Choice> {
    vec![
        Choice::new("alone", t::living_home(lang)),
        Choice::new("family", t::living_family(lang)).hint(t::living_family_hint(lang)),
        Choice::new("institution", t::living_institution(lang)),
    ]
}

fn fields(lang: Lang) -> AnyView {
    let yes_no = vec![Choice::new("yes", t::yes(lang)), Choice::new("no", t::no(lang))];
    let contact = vec![Choice::new("sms", t::contact_sms(lang)), Choice::new("inbox", t::contact_inbox(lang))];
    let prefilled = FieldProps::new("name", t::name(lang)).required().source(t::from_register(lang));
    view! {
        <PostForm action="/ui" label=t::part_fields(lang) hidden=vec![("key", "sample".to_owned())]>
            <TextField field=prefilled value=t::name_value(lang) autocomplete="name"/>
            <TextField
                field=FieldProps::new("phone", t::phone(lang)).hint(t::phone_hint(lang)).required()
                kind="tel"
                inputmode="tel"
                autocomplete="tel"
                width=11
            />
            <TextField
                field=FieldProps::new("income", t::allowance(lang)).marker(t::optional(lang))
                inputmode="decimal"
                width=6
                suffix=t::yuan(lang)
            />
            <TextArea field=FieldProps::new("reason", t::reason(lang)).hint(t::reason_hint(lang)) value=t::reason_value(lang)/>
            <SelectField field=FieldProps::new("district", t::district(lang)) choices=districts(lang) empty=t::choose(lang)/>
            <RadioField field=FieldProps::new("living", t::living(lang)) choices=ways_of_living(lang) value="family"/>
            <RadioField field=FieldProps::new("other", t::yes_no(lang)) choices=yes_no inline=true/>
            <CheckboxesField field=FieldProps::new("contact", t::contact_ways(lang)) choices=contact values=vec!["sms".into()]/>
            <DateField field=FieldProps::new("since", t::since(lang)).hint(t::since_hint(lang)) value="2019-05-01"/>
            <PasswordField field=FieldProps::new("password", t::password(lang)).hint(t::password_hint(lang)) fresh=true/>
            <CodeField field=FieldProps::new("code", t::code(lang)).hint(t::code_hint(lang))/>
            <FileField
                field=FieldProps::new("photo", t::photo(lang)).hint(t::photo_hint(lang))
                kept=vec![("#photo".into(), t::photo_name(lang).into())]
                multiple=true
            />
            <Fieldset legend=t::account_block(lang) hint=t::account_block_hint(lang)>
                <TextField field=FieldProps::new("bank", t::bank(lang))/>
                <TextField field=FieldProps::new("account", t::account_number(lang)) inputmode="numeric" width=18/>
            </Fieldset>
            <CheckboxField field=FieldProps::new("true", t::declaration(lang)).hint(t::declaration_hint(lang)).required()/>
            <Button text=t::continue_button(lang)/>
        </PostForm>
    }
    .into_any()
}

fn wrong(lang: Lang) -> AnyView {
    let errors = vec![
        ("w-phone".to_owned(), t::error_phone(lang).to_owned()),
        ("w-living".to_owned(), t::error_living(lang).to_owned()),
        ("w-true".to_owned(), t::error_declaration(lang).to_owned()),
    ];
    let phone = FieldProps::new("w-phone", t::phone(lang)).hint(t::phone_hint(lang)).error_in(&errors);
    let living = FieldProps::new("w-living", t::living(lang)).error_in(&errors);
    let declared = FieldProps::new("w-true", t::declaration(lang)).error_in(&errors);
    view! {
        <ErrorSummary title=t::errors_title(lang) errors=errors/>
        <PostForm action="/ui" label=t::part_wrong(lang)>
            <TextField field=phone value="13800" kind="tel" width=11/>
            <RadioField field=living choices=ways_of_living(lang)/>
            <DateField field=FieldProps::new("w-since", t::since(lang)).error(t::error_since(lang)) value="2029-05-01"/>
            <SelectField
                field=FieldProps::new("w-district", t::district(lang)).error(t::choose(lang))
                choices=districts(lang)
                empty=t::choose(lang)
            />
            <CheckboxField field=declared/>
            <Button text=t::continue_button(lang)/>
        </PostForm>
    }
    .into_any()
}

fn answers(lang: Lang) -> AnyView {
    let rows = vec![
        SummaryRow::new(t::name(lang), t::name_value(lang)).source(t::from_register(lang)),
        SummaryRow::new(t::phone(lang), "138****0000").change("#phone", t::change(lang)),
        SummaryRow::new(t::address(lang), t::address_new(lang)).change("#address", t::change(lang)),
        SummaryRow::new(t::reason(lang), t::reason_value(lang)).change("#reason", t::change(lang)),
    ];
    let task = |href: &str, title: &str, status: &str, tone| Task {
        href: href.into(),
        title: title.into(),
        hint: OptionalText::default(),
        status: status.into(),
        tone,
    };
    let tasks = vec![
        task("#person", t::task_person(lang), t::task_done(lang), Tone::Good),
        task("#account", t::task_account(lang), t::task_doing(lang), Tone::Progress),
        task("#files", t::task_files(lang), t::task_wrong(lang), Tone::Bad),
        Task { hint: t::task_check_hint(lang).into(), ..task("", t::task_check(lang), t::task_later(lang), Tone::Neutral) },
    ];
    let event = |when: &str, datetime: &str, who: &str, what: &str, tone| TimelineEvent {
        when: when.into(),
        datetime: datetime.into(),
        who: who.into(),
        what: what.into(),
        note: OptionalText::default(),
        tone,
    };
    let bureau = t::bureau(lang);
    let events = vec![
        event(t::event_date_d(lang), "2026-03-16T16:40+08:00", bureau, t::event_granted(lang), Tone::Good),
        TimelineEvent {
            note: t::event_correction_note(lang).into(),
            ..event(t::event_date_c(lang), "2026-03-09T10:12+08:00", bureau, t::event_correction(lang), Tone::Warn)
        },
        event(t::event_date_b(lang), "2026-03-04T14:05+08:00", bureau, t::event_accepted(lang), Tone::Progress),
        event(t::event_date_a(lang), "2026-03-02T09:30+08:00", t::user_resident(lang), t::event_sent(lang), Tone::Neutral),
    ];
    view! {
        <SummaryList rows=rows/>
        <TaskList tasks=tasks/>
        <Timeline events=events/>
    }
    .into_any()
}

fn time(lang: Lang) -> AnyView {
    view! {
        <div class="card-grid">
            <Clock
                label=t::clock_decide(lang)
                counted=6
                limit=20
                text=t::clock_running(lang)
                note=t::clock_running_note(lang)
            />
            <Clock label=t::clock_decide(lang) counted=17 limit=20 text=t::clock_near(lang)/>
            <Clock label=t::clock_decide(lang) counted=23 limit=20 text=t::clock_late(lang)/>
            <Clock label=t::clock_accept(lang) counted=2 limit=5 text=t::clock_paused(lang) paused=true/>
            <Clock label=t::clock_decide(lang) counted=8 limit=20 text=t::clock_done(lang) stopped=true/>
        </div>
    }
    .into_any()
}

fn lists(lang: Lang) -> AnyView {
    let columns = || {
        vec![
            Column::new(t::col_number(lang)).sort("#number", None),
            Column::new(t::col_service(lang)),
            Column::new(t::col_person(lang)),
            Column::new(t::col_status(lang)),
            Column::new(t::col_days(lang)).sort("#days", Some(Direction::Ascending)).number(),
        ]
    };
    let row = |number: &'static str, status: &'static str, tone: Tone, days: &'static str| {
        let cells = vec![
            number.into_any(),
            t::sample_caption(lang).into_any(),
            t::name_value(lang).into_any(),
            view! { <Tag text=status tone=tone/> }.into_any(),
            days.into_any(),
        ];
        Row::new(format!("#{number}").into(), cells)
    };
    let rows = vec![
        row("GL-2026-000117", t::status_bad(lang), Tone::Bad, "-3"),
        row("GL-2026-000121", t::status_warn(lang), Tone::Warn, "2"),
        row("GL-2026-000130", t::status_progress(lang), Tone::Progress, "14"),
    ];
    let tabs = vec![
        ("#open".into(), t::tab_open(lang).into(), true),
        ("#mine".into(), t::tab_mine(lang).into(), false),
        ("#late".into(), t::tab_late(lang).into(), false),
    ];
    let nothing = move || view! { <EmptyState title=t::empty_title(lang) text=t::empty_text(lang)/> };
    view! {
        <LinkTabs label=t::tabs_label(lang) tabs=tabs/>
        <Filters
            action="/ui"
            label=t::filters_label(lang)
            apply=t::filters_apply(lang)
            clear=Some(("/ui".into(), t::filters_clear(lang).into()))
        >
            <TextField field=FieldProps::new("f-words", t::filters_words(lang)) kind="search"/>
            <SelectField field=FieldProps::new("f-district", t::district(lang)) choices=districts(lang) empty=t::any(lang)/>
        </Filters>
        <DataTable caption=t::table_caption(lang) columns=columns() rows=rows empty=nothing/>
        <Pager
            label=t::pager_label(lang)
            previous=Some(("#previous".into(), t::previous(lang).into()))
            next=Some(("#next".into(), t::next(lang).into()))
            summary=t::page_summary(lang)
        />
        <DataTable caption=t::table_caption(lang) columns=columns() rows=vec![] empty=nothing/>
    }
    .into_any()
}

fn cards(lang: Lang) -> AnyView {
    view! {
        <SearchBox
            action="/services"
            label=t::search_label(lang)
            hint=t::search_hint(lang)
            submit=t::search_submit(lang)
            name="search"
        />
        <CardGrid>
            <Card
                title=t::pillar_services(lang)
                text=t::pillar_services_text(lang)
                href="#services"
                icon=IconName::Services
                strong=true
                third=true
            />
            <Card title=t::pillar_care(lang) text=t::pillar_care_text(lang) href="#care" icon=IconName::HeartbeatSource strong=true third=true/>
            <Card title=t::pillar_finance(lang) text=t::pillar_finance_text(lang) href="#finance" icon=IconName::Coin strong=true third=true/>
        </CardGrid>
        <CardGrid>
            <Card title=t::sample_caption(lang) text=t::card_text(lang) href="#item" third=true/>
            <Card title=t::sample_caption(lang) text=t::card_text(lang) third=true>
                <Tag text=t::status_warn(lang) tone=Tone::Warn/>
            </Card>
        </CardGrid>
        <EmptyState title=t::empty_title(lang) text=t::empty_text(lang)>
            <LinkButton href="/services" text=t::empty_go(lang)/>
        </EmptyState>
    }
    .into_any()
}

fn done(lang: Lang) -> AnyView {
    let levels = vec![
        Choice::new("5", t::rating_5(lang)),
        Choice::new("4", t::rating_4(lang)),
        Choice::new("3", t::rating_3(lang)),
        Choice::new("2", t::rating_2(lang)),
        Choice::new("1", t::rating_1(lang)),
    ];
    view! {
        <ConfirmationPanel
            title=t::confirm_title(lang)
            number_label=t::confirm_number(lang)
            number="GL-2026-000131"
            next_title=t::confirm_next(lang)
            next=vec![t::confirm_next_a(lang).into(), t::confirm_next_b(lang).into()]
        >
            <LinkButton href="#case" text=t::confirm_view(lang)/>
        </ConfirmationPanel>
        <PostForm action="/ui" label=t::rating_title(lang)>
            <Rating field=FieldProps::new("rating", t::rating_title(lang)) levels=levels value="4"/>
        </PostForm>
    }
    .into_any()
}

fn desk(lang: Lang) -> AnyView {
    let keys = vec![
        (vec!["j"], t::key_down(lang).to_owned()),
        (vec!["k"], t::key_up(lang).to_owned()),
        (vec!["c"], t::key_claim(lang).to_owned()),
        (vec!["g", "q"], t::key_queue(lang).to_owned()),
    ];
    let figures = vec![
        ("98.2 %".to_owned(), t::figure_satisfied(lang).to_owned()),
        ("98 %".to_owned(), t::figure_online(lang).to_owned()),
        ("0.4".to_owned(), t::figure_visits(lang).to_owned()),
        ("8".to_owned(), t::figure_days(lang).to_owned()),
    ];
    view! {
        <Figures figures=figures/>
        <ComparePair
            label=t::address(lang)
            old_label=t::compare_old(lang)
            new_label=t::compare_new(lang)
            old=t::address_old(lang)
            new=t::address_new(lang)
        />
        <ComparePair
            label=t::phone(lang)
            old_label=t::compare_old(lang)
            new_label=t::compare_new(lang)
            old="138****0000"
            new="138****0000"
            same=t::compare_same(lang)
        />
        <ButtonRow>
            <Button text=t::approve(lang) shortcut="a"/>
            <Button text=t::ask_correction(lang) kind=ButtonKind::Secondary/>
        </ButtonRow>
        <KeyHints label=t::keys_label(lang) keys=keys/>
    }
    .into_any()
}
