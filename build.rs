//! Builds again when the GraphiQL page that the binary embeds has changed. Without npm there is no page, but its folder
//! must exist to be embedded.

fn main() -> std::io::Result<()> {
    std::fs::create_dir_all("graphiql/dist")?;
    println!("cargo::rerun-if-changed=graphiql/dist");
    Ok(())
}
