//! The unit with which systemd runs the service.

use std::path::Path;

/// The unit as it ships, for the usual places.
const UNIT: &str = include_str!("../../../deploy/rapport.service");
const DATA: &str = "/var/lib/rapport";

/// Returns the unit for a program and a data directory, and for a configuration that lies elsewhere.
///
/// # Errors
/// A path has signs that mean something else in a unit.
pub(super) fn of(program: &Path, data: &Path, config: Option<&Path>) -> Result<String, String> {
    let (program, data, config) = (plain(program)?, plain(data)?, config.map(plain).transpose()?);
    let mut lines = Vec::new();
    for line in UNIT.lines() {
        match line {
            // The state directory is systemd's: it makes it and gives it to the user.
            "StateDirectory=rapport" => match data.strip_prefix("/var/lib/") {
                Some(name) => lines.push(format!("StateDirectory={name}")),
                None => lines.push(format!("ReadWritePaths={data}")),
            },
            "StateDirectoryMode=0700" if !data.starts_with("/var/lib/") => {}
            "ProtectHome=yes" if is_home(data) => lines.push("ProtectHome=no".into()),
            "ExecStart=/usr/local/bin/rapport run" => {
                let config = config.map_or_else(String::new, |config| format!(" --config {config}"));
                lines.push(format!("ExecStart={program} run{config}"));
            }
            _ if line.starts_with('#') => lines.push(line.to_owned()),
            _ => lines.push(line.replace(DATA, data)),
        }
    }
    Ok(lines.join("\n") + "\n")
}

fn is_home(data: &str) -> bool {
    ["/home/", "/root/", "/run/user/"].iter().any(|home| data.starts_with(home))
}

fn plain(path: &Path) -> Result<&str, String> {
    let plain = |c: char| c.is_alphanumeric() || "/._-+".contains(c);
    let text = path.to_str().filter(|text| text.starts_with('/') && text.chars().all(plain));
    text.ok_or_else(|| {
        format!("{} cannot stand in a unit: use a path of letters, digits and / . _ - +", path.display())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_for_a_program_and_a_directory() {
        let program = Path::new("/usr/local/bin/rapport");
        assert_eq!(of(program, Path::new(DATA), None).unwrap(), UNIT);
        let unit = of(Path::new("/opt/rapport"), Path::new("/home/ann/crm"), Some(Path::new("/etc/r.toml")))
            .unwrap();
        for line in [
            "ExecStart=/opt/rapport run --config /etc/r.toml",
            "Environment=RAPPORT_DATA=/home/ann/crm",
            "ProtectHome=no",
            "ReadWritePaths=/home/ann/crm",
        ] {
            assert!(unit.lines().any(|l| l == line), "{line}: {unit}");
        }
        assert!(!unit.lines().any(|l| l.starts_with("StateDirectory")), "{unit}");
        assert!(of(program, Path::new("/srv/100%"), None).unwrap_err().contains("/srv/100%"));
    }
}
