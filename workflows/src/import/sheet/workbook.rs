//! Workbooks (.xlsx).
//!
//! A workbook is an archive, and a small archive may hold a huge file: before anything is made of it, each
//! entry is unpacked into nothing and counted. The cells are then read one by one, since a table that has
//! one cell in its last corner would fill the memory as a rectangle.

use std::io::{Cursor, Read as _};

use calamine::{DataRef, Reader as _, Xlsx};
use zip::ZipArchive;

use super::{CELLS_MAX, COLUMNS_MAX, ROWS_MAX, Sheet, SheetError, fits};

/// The most bytes that the entries of a workbook may have, unpacked.
const UNPACKED_MAX: u64 = 512 << 20;
/// The most entries.
const ENTRIES_MAX: u64 = 10_000;

pub(super) fn read(bytes: &[u8], page: Option<&str>) -> Result<Sheet, SheetError> {
    read_within(UNPACKED_MAX, bytes, page)
}

fn read_within(unpacked_max: u64, bytes: &[u8], page: Option<&str>) -> Result<Sheet, SheetError> {
    let broken = |e: &dyn std::fmt::Display| SheetError::Unreadable(format!("the workbook is damaged: {e}"));
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
    measure(&mut archive, unpacked_max)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
    let pages = book.sheet_names();
    let name = match page {
        Some(page) => pages.iter().find(|name| name.as_str() == page).cloned().ok_or_else(|| {
            SheetError::Unreadable(format!("there is no sheet {page:?}; there are: {}", pages.join(", ")))
        })?,
        None => pages.first().cloned().ok_or(SheetError::Empty)?,
    };
    let mut cells = book.worksheet_cells_reader(&name).map_err(|e| broken(&e))?;
    let mut rows: Vec<(u64, Vec<String>)> = Vec::new();
    let mut n_cells = 0;
    while let Some(cell) = cells.next_cell().map_err(|e| broken(&e))? {
        let (row, column) = cell.get_position();
        let text = text(cell.get_value());
        if text.trim().is_empty() {
            continue;
        }
        fits(u64::from(column) + 1, "columns", COLUMNS_MAX as u64)?;
        n_cells += 1;
        fits(n_cells, "cells", CELLS_MAX as u64)?;
        let line = u64::from(row) + 1;
        if rows.last().is_none_or(|(last, _)| *last != line) {
            rows.push((line, Vec::new()));
            fits(rows.len() as u64, "rows", ROWS_MAX as u64)?;
        }
        if let Some((_, row)) = rows.last_mut() {
            let at = column as usize;
            if row.len() <= at {
                row.resize(at + 1, String::new());
            }
            row[at] = text;
        }
    }
    let mut rows = rows.into_iter();
    let Some((_, header)) = rows.next() else { return Err(SheetError::Empty) };
    let mut sheet = Sheet { header: unique(header), rows: rows.collect(), ..Sheet::default() };
    let n = sheet.header.len();
    fits((sheet.rows.len() * n) as u64, "cells", CELLS_MAX as u64)?;
    sheet.rows.iter_mut().filter(|(_, row)| row.len() < n).for_each(|(_, row)| row.resize(n, String::new()));
    if pages.len() > 1 && page.is_none() {
        sheet.notes.push(format!("read from the sheet {name:?}, the first of {}", pages.len()));
    }
    Ok(sheet)
}

/// Counts what the entries have unpacked, whatever they say that it is.
fn measure(archive: &mut ZipArchive<Cursor<&[u8]>>, unpacked_max: u64) -> Result<(), SheetError> {
    fits(archive.len() as u64, "files in the workbook", ENTRIES_MAX)?;
    let mut n_bytes = 0;
    for i in 0..archive.len() {
        let entry = archive
            .by_index(i)
            .map_err(|e| SheetError::Unreadable(format!("the workbook is damaged or locked: {e}")))?;
        let left = unpacked_max - n_bytes + 1;
        n_bytes += std::io::copy(&mut entry.take(left), &mut std::io::sink())
            .map_err(|e| SheetError::Unreadable(format!("the workbook is damaged: {e}")))?;
        fits(n_bytes, "bytes unpacked", unpacked_max)?;
    }
    Ok(())
}

/// Returns what a cell shows; a formula is what it came to, and is not looked at.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty | DataRef::Error(_) => String::new(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(n) => n.to_string(),
        // A telephone number is a number to a spreadsheet; it has no exponent to people.
        DataRef::Float(x) => x.to_string(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::DateTime(at) => {
            let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            match (hour, minute, second) {
                (0, 0, 0) => date,
                (hour, minute, second) => format!("{date} {hour:02}:{minute:02}:{second:02}"),
            }
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
    }
}

/// Gives each column a name of its own.
fn unique(names: Vec<String>) -> Vec<String> {
    let mut taken = std::collections::HashSet::new();
    let mut all = Vec::with_capacity(names.len());
    for (i, name) in names.into_iter().enumerate() {
        let name = name.trim();
        let name = if name.is_empty() { format!("column {}", i + 1) } else { name.to_owned() };
        let mut unique = name.clone();
        let mut n = 1;
        while !taken.insert(unique.clone()) {
            n += 1;
            unique = format!("{name} ({n})");
        }
        all.push(unique);
    }
    all
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// Makes a workbook of one sheet with these rows of XML.
    fn workbook(rows: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
        const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        const RELS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
        const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let files = [
            (
                "[Content_Types].xml",
                "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>".to_owned(),
            ),
            (
                "_rels/.rels",
                format!(
                    "<Relationships xmlns=\"{RELS}\"><Relationship Id=\"r1\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/workbook.xml",
                format!(
                    "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets><sheet name=\"Leads\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    "<Relationships xmlns=\"{RELS}\"><Relationship Id=\"r1\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/worksheets/sheet1.xml",
                format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>"),
            ),
        ];
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let all = files.iter().map(|(name, text)| (*name, text.as_bytes()));
        for (name, bytes) in all.chain(more.iter().copied()) {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn words(row: u32, cells: &[(&str, &str)]) -> String {
        let cell = |(at, text): &(&str, &str)| {
            format!("<c r=\"{at}{row}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
        };
        format!("<row r=\"{row}\">{}</row>", cells.iter().map(cell).collect::<String>())
    }

    #[test]
    fn a_workbook_is_read_as_it_shows() {
        let rows = words(1, &[("A", "姓名"), ("B", "phone"), ("C", "phone")])
            + "<row r=\"3\"><c r=\"A3\" t=\"inlineStr\"><is><t>王丽</t></is></c><c r=\"B3\"><v>13800138000</v></c>\
               <c r=\"C3\" t=\"str\"><f>1+1</f><v>2</v></c></row>";
        let sheet = read(&workbook(&rows, &[]), None).unwrap();
        assert_eq!(sheet.header, ["姓名", "phone", "phone (2)"]);
        assert_eq!(sheet.rows, [(3, vec!["王丽".to_owned(), "13800138000".into(), "2".into()])]);
        let other = read(&workbook(&rows, &[]), Some("Other")).unwrap_err().to_string();
        assert!(other.contains("Leads"), "{other}");
    }

    #[test]
    fn a_workbook_that_is_too_large_inside_is_refused() {
        let rows = words(1, &[("A", "name"), ("XFD", "far")]);
        assert!(matches!(
            read(&workbook(&rows, &[]), None),
            Err(SheetError::TooLarge { unit: "columns", .. })
        ));
        let zeros = vec![b' '; 9 << 20];
        let bomb = workbook(&words(1, &[("A", "name")]), &[("xl/media/image1.png", &zeros)]);
        assert!(bomb.len() < 1 << 16, "{}", bomb.len());
        assert!(matches!(
            read_within(8 << 20, &bomb, None),
            Err(SheetError::TooLarge { unit: "bytes unpacked", .. })
        ));
        assert!(matches!(read(&bomb[..bomb.len() / 2], None), Err(SheetError::Unreadable(_))));
        assert!(matches!(read(b"PK\x03\x04rubbish", None), Err(SheetError::Unreadable(_))));
    }
}
