//! A `winmail.dat` written here, and damaged ones.

use super::*;

fn attribute_of(id: u32, data: &[u8]) -> Vec<u8> {
    let mut out = vec![1];
    out.extend(id.to_le_bytes());
    out.extend((data.len() as u32).to_le_bytes());
    out.extend(data);
    out.extend([0, 0]);
    out
}

fn property_of(kind: u16, id: u16, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(kind.to_le_bytes());
    out.extend(id.to_le_bytes());
    out.extend(1u32.to_le_bytes());
    out.extend((value.len() as u32).to_le_bytes());
    out.extend(value);
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

fn block(properties: &[Vec<u8>]) -> Vec<u8> {
    let mut out = (properties.len() as u32).to_le_bytes().to_vec();
    properties.iter().for_each(|p| out.extend(p));
    out
}

pub(in super::super) fn sample() -> Vec<u8> {
    let utf16: Vec<u8> = "报价单.pdf\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut out = SIGNATURE.to_le_bytes().to_vec();
    out.extend([1, 0]);
    out.extend(attribute_of(id::CODEPAGE, &936u64.to_le_bytes()));
    let number = [&0x0003u16.to_le_bytes()[..], &0x0E07u16.to_le_bytes(), &7u32.to_le_bytes()].concat();
    let html = property_of(0x102, id::P_HTML, b"<p>rich</p>");
    out.extend(attribute_of(
        id::MESSAGE_PROPERTIES,
        &block(&[number, property_of(0x1E, id::P_BODY, b"\xC4\xE3\xBA\xC3\0"), html]),
    ));
    out.extend(attribute_of(id::FILE_BEGINS, &[0; 14]));
    out.extend(attribute_of(id::FILE_TITLE, b"QUOTE~1.PDF\0"));
    out.extend(attribute_of(id::FILE_DATA, b"%PDF-"));
    let properties =
        [property_of(0x1F, id::P_LONG_NAME, &utf16), property_of(0x1E, id::P_MIME, b"application/pdf\0")];
    out.extend(attribute_of(id::FILE_PROPERTIES, &block(&properties)));
    out.extend(attribute_of(id::FILE_BEGINS, &[0; 14]));
    out.extend(attribute_of(id::FILE_TITLE, b"a.txt\0"));
    out.extend(attribute_of(id::FILE_DATA, b"hello"));
    out
}

#[test]
fn files_and_text_are_found() {
    let bytes = sample();
    let contents = read(&bytes).unwrap();
    assert_eq!((contents.text.as_str(), contents.html.as_str()), ("你好", "<p>rich</p>"));
    let files: Vec<(&str, &str, &[u8])> =
        contents.files.iter().map(|f| (f.name.as_str(), f.mime.as_str(), f.bytes)).collect();
    assert_eq!(files, [("报价单.pdf", "application/pdf", &b"%PDF-"[..]), ("a.txt", "", b"hello")]);
    assert_eq!(read(b""), None);
    assert_eq!(read(b"PK\x03\x04 something else"), None);
}

#[test]
fn what_is_cut_off_is_read_as_far_as_it_goes() {
    let bytes = sample();
    for len in 0..bytes.len() {
        let files = read(&bytes[..len]).map_or(0, |c| c.files.len());
        assert!(files <= 2);
    }
    let mut claims_much = bytes.clone();
    let at = bytes.len() - 11;
    claims_much[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(read(&claims_much).unwrap().files[1].bytes, b"hello\0\0");
}

#[test]
fn real_files_hold_what_others_find_in_them() {
    let named = std::env::var_os("RAPPORT_TEST_DATA").map(std::path::PathBuf::from);
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let dir = named.unwrap_or(here).join("mail/MimeKit");
    let Ok(entries) = std::fs::read_dir(&dir) else { return };
    let paths = entries.filter_map(|e| Some(e.ok()?.path()));
    let (mut n_files, mut n_named) = (0, 0);
    for path in paths.filter(|p| p.extension().is_some_and(|e| e == "tnef")) {
        let bytes = std::fs::read(&path).unwrap();
        let contents = read(&bytes).unwrap();
        let list = std::fs::read_to_string(path.with_extension("list")).unwrap_or_default();
        for name in list
            .lines()
            .map(str::trim)
            .filter(|n| !n.is_empty() && !n.starts_with("Untitled") && !n.starts_with("body."))
        {
            n_files += 1;
            let is_found = contents.files.iter().any(|f| f.name.trim() == name);
            n_named += usize::from(is_found);
            if !is_found {
                let names: Vec<&str> = contents.files.iter().map(|f| f.name.as_str()).collect();
                println!("{}: {name} not among {names:?}", path.display());
            }
        }
    }
    println!("{n_named} of {n_files} files found");
    assert!(n_named * 10 >= n_files * 9);
}

#[test]
fn the_text_of_real_files_is_found() {
    let named = std::env::var_os("RAPPORT_TEST_DATA").map(std::path::PathBuf::from);
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let dir = named.unwrap_or(here).join("mail/MimeKit");
    let Ok(entries) = std::fs::read_dir(&dir) else { return };
    let paths = entries.filter_map(|e| Some(e.ok()?.path()));
    let (mut n_files, mut n_read) = (0, 0);
    for path in paths.filter(|p| p.extension().is_some_and(|e| e == "tnef")) {
        let bytes = std::fs::read(&path).unwrap();
        let contents = read(&bytes).unwrap();
        if contents.text.is_empty() && contents.html.is_empty() && !contents.rtf.is_empty() {
            let text = super::super::rtf::text(contents.rtf);
            n_files += 1;
            n_read += usize::from(text.chars().filter(|c| c.is_alphanumeric()).count() > 3);
            println!("{}: {:?}", path.display(), &text[..text.floor_char_boundary(200)]);
        }
    }
    println!("{n_read} of {n_files} texts read");
}
