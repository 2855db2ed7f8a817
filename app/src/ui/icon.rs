//! The icons: line drawings on a 24 × 24 grid in the colour of the surrounding text.

use leptos::prelude::*;

/// The name of an icon. Icons repeat the text beside them, so they are hidden from assistive technology.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IconName {
    /// A warning triangle.
    Alert,
    /// An arrow down.
    ArrowDown,
    /// An arrow left.
    ArrowLeft,
    /// An arrow right.
    ArrowRight,
    /// An arrow up.
    ArrowUp,
    /// An office building: an organisation.
    Building,
    /// A calendar leaf.
    Calendar,
    /// A camera.
    Camera,
    /// Bars of a chart.
    Chart,
    /// A tick.
    Check,
    /// A tick in a circle.
    CheckCircle,
    /// A chevron to the right.
    Chevron,
    /// A clock face.
    Clock,
    /// A coin.
    Coin,
    /// A cross in a circle.
    CrossCircle,
    /// A sheet of paper.
    Document,
    /// A dot in a ring.
    Dot,
    /// An arrow into a tray: save to this device.
    Download,
    /// A pencil.
    Edit,
    /// A large letter beside a small one: large print (长辈版).
    Elder,
    /// A funnel.
    Filter,
    /// A globe: language.
    Globe,
    /// A heart: care.
    HeartbeatSource,
    /// A house.
    Home,
    /// A tray with letters.
    Inbox,
    /// An i in a circle.
    Info,
    /// A padlock.
    Lock,
    /// A pause sign.
    Pause,
    /// A telephone.
    Phone,
    /// A plus sign.
    Plus,
    /// A printer.
    Print,
    /// Lines of a list: a work queue.
    Queue,
    /// A magnifying glass.
    Search,
    /// Four tiles: the catalogue of services.
    Services,
    /// A shield.
    Shield,
    /// A door with an arrow out.
    SignOut,
    /// Arrows up and down: can be sorted.
    Sort,
    /// An arrow out of a tray: upload.
    Upload,
    /// One person.
    User,
    /// Two people.
    Users,
}

impl IconName {
    const fn path(self) -> &'static str {
        match self {
            Self::Alert => "M12 3.5 2.5 20h19zM12 10v4.5M12 17.4v.2",
            Self::ArrowDown => "M12 4v16M5.5 13.5 12 20l6.5-6.5",
            Self::ArrowLeft => "M20 12H4M10.5 5.5 4 12l6.5 6.5",
            Self::ArrowRight => "M4 12h16M13.5 5.5 20 12l-6.5 6.5",
            Self::ArrowUp => "M12 20V4M5.5 10.5 12 4l6.5 6.5",
            Self::Building => "M4 21V5l9-2v18M13 9h7v12M2.5 21h19M7.5 8.5h2M7.5 12.5h2M7.5 16.5h2M16 13h1.5M16 17h1.5",
            Self::Calendar => "M4 5.5h16V20H4zM4 10h16M8 3v4.5M16 3v4.5M8 14h2M14 14h2",
            Self::Camera => "M3 7.5h4.5L9 5h6l1.5 2.5H21V19H3zM12 9.5a3.5 3.5 0 1 0 .01 0z",
            Self::Chart => "M3.5 20.5h17M7 17v-5M12 17V5M17 17V9",
            Self::Check => "M4.5 12.5 10 18 20 6.5",
            Self::CheckCircle => "M12 3a9 9 0 1 0 .01 0zM7.8 12.3l3 3 5.4-6",
            Self::Chevron => "M9 5l7 7-7 7",
            Self::Clock => "M12 3a9 9 0 1 0 .01 0zM12 7v5.3l3.5 2.2",
            Self::Coin => "M12 3a9 9 0 1 0 .01 0zM8.5 8 12 12l3.5-4M12 12v5M9 12.7h6M9 15h6",
            Self::CrossCircle => "M12 3a9 9 0 1 0 .01 0zM8.8 8.8l6.4 6.4M15.2 8.8l-6.4 6.4",
            Self::Document => "M6 3h8l4.5 4.5V21H6zM14 3v4.5h4.5M9 12h6.5M9 16h6.5",
            Self::Dot => "M12 4a8 8 0 1 0 .01 0zM12 11a1 1 0 1 0 .01 0z",
            Self::Download => "M12 3.5v12M6.5 10.5 12 16l5.5-5.5M4 20.5h16",
            Self::Edit => "M4 20l1-4.5L16 4.5l3.5 3.5-11 11zM13.5 7l3.5 3.5",
            Self::Elder => "M2.5 20 9 4l6.5 16M4.9 14.5h8.2M15.5 20l3.2-8 3.3 8M16.6 17.5h4.3",
            Self::Filter => "M3.5 5h17l-6.5 8v6l-4 2v-8z",
            Self::Globe => "M12 3a9 9 0 1 0 .01 0zM3 12h18M12 3c-5 5-5 13 0 18M12 3c5 5 5 13 0 18",
            Self::HeartbeatSource => {
                "M12 20.5C4 15 2.5 11 2.5 8.6A4.9 4.9 0 0 1 12 7a4.9 4.9 0 0 1 9.5 1.6C21.5 11 20 15 12 20.5z"
            }
            Self::Home => "M3.5 11.5 12 4l8.5 7.5M6 9.5V20h12V9.5M10 20v-6h4v6",
            Self::Inbox => "M3 13 6 4.5h12L21 13v6.5H3zM3 13h5.5l1 2.5h5l1-2.5H21",
            Self::Info => "M12 3a9 9 0 1 0 .01 0zM12 11v5.5M12 7.6v.2",
            Self::Lock => "M5 11h14v9.5H5zM8 11V8a4 4 0 0 1 8 0v3M12 14.5v2.5",
            Self::Pause => "M12 3a9 9 0 1 0 .01 0zM9.5 8.5v7M14.5 8.5v7",
            Self::Phone => {
                "M5 3.5h4l1.5 5-2.5 2a12 12 0 0 0 5.5 5.5l2-2.5 5 1.5v4c0 1-1 1.5-2 1.5C11 20 4 13 3.5 5.5c0-1 .5-2 1.5-2z"
            }
            Self::Plus => "M12 4.5v15M4.5 12h15",
            Self::Print => "M7 8.5v-5h10v5M7 17H3.5V8.5h17V17H17M7 14h10v6.5H7z",
            Self::Queue => "M4 6h.1M8.5 6H20M4 12h.1M8.5 12H20M4 18h.1M8.5 18H20",
            Self::Search => "M10.5 4a6.5 6.5 0 1 0 .01 0zM15.3 15.3 20.5 20.5",
            Self::Services => "M4 4h6.5v6.5H4zM13.5 4H20v6.5h-6.5zM4 13.5h6.5V20H4zM13.5 13.5H20V20h-6.5z",
            Self::Shield => "M12 3 4.5 6v5.5c0 4.5 3 7.5 7.5 9.5 4.5-2 7.5-5 7.5-9.5V6zM8.5 12l2.5 2.5 4.5-5",
            Self::SignOut => "M14 4H5v16h9M10 12h11M17 7.5l4.5 4.5-4.5 4.5",
            Self::Sort => "M8 4v16M4 8l4-4 4 4M16 20V4M12 16l4 4 4-4",
            Self::Upload => "M12 16V4M6.5 9.5 12 4l5.5 5.5M4 20.5h16",
            Self::User => "M12 3.5a4 4 0 1 0 .01 0zM4 20.5c.5-5 3.5-7.5 8-7.5s7.5 2.5 8 7.5z",
            Self::Users => {
                "M9 4.5a3.5 3.5 0 1 0 .01 0zM2.5 19.5c.4-4.3 2.8-6.5 6.5-6.5s6.1 2.2 6.5 6.5zM15.5 4.8a3.5 3.5 0 0 1 0 6.4M17.5 13.5c2.5.7 3.8 2.8 4 6"
            }
        }
    }
}

/// An inline icon.
#[component]
pub fn Icon(
    /// The icon.
    icon: IconName,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=icon.path()></path>
        </svg>
    }
}

/// The mark of the site: a plum blossom (梅花), the flower of Wuhan. `style/public/icon.svg` shows the same drawing.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 48 48" aria-hidden="true" focusable="false">
            <g class="mark-petals">
                <circle cx="24" cy="13.5" r="8.4"></circle>
                <circle cx="34" cy="20.8" r="8.4"></circle>
                <circle cx="30.2" cy="32.5" r="8.4"></circle>
                <circle cx="17.8" cy="32.5" r="8.4"></circle>
                <circle cx="14" cy="20.8" r="8.4"></circle>
            </g>
            <path class="mark-heart" d="M24 31.5c-6-4.2-7.6-7-7.6-9.3a4.1 4.1 0 0 1 7.6-2.2 4.1 4.1 0 0 1 7.6 2.2c0 2.3-1.6 5.1-7.6 9.3z"></path>
        </svg>
    }
}
