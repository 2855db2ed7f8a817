//! The one binary, `huimin`: a few lines of composition for each subcommand.

use clap::Parser;

fn main() -> std::process::ExitCode {
    app::commands::run(app::commands::Huimin::parse())
}
