//! Lists the files of the GraphiQL page for `src/http/graphiql.rs`, which embeds them; none without `make graphiql`.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=graphiql/dist");
    let dist = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("graphiql/dist");
    // A folder that is missing would be taken for changed at each build.
    fs::create_dir_all(dist.join("assets"))?;
    let mut files = Vec::new();
    for folder in ["", "assets/"] {
        for entry in fs::read_dir(dist.join(folder))? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                let name = format!("{folder}{}", entry.file_name().display());
                files.push(format!("({name:?}, include_bytes!({:?}) as &[u8]),\n", entry.path()));
            }
        }
    }
    files.sort();
    fs::write(Path::new(&env::var("OUT_DIR")?).join("graphiql.rs"), format!("&[\n{}]", files.concat()))?;
    Ok(())
}
