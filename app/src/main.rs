//! The one binary, `huimin`: a few lines of composition for each subcommand.

#![cfg(feature = "ssr")]

use clap::Parser;

fn main() -> std::process::ExitCode {
    app::commands::run(app::commands::Huimin::parse())
}
