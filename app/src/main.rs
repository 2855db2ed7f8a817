//! The `huimin` binary: parses the command line and runs the subcommand.

fn main() -> std::process::ExitCode {
    app::commands::run(app::commands::Huimin::parse())
}
