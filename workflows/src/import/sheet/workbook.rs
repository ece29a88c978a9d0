//! Workbooks.

use super::{Sheet, SheetError};

pub(super) fn read(_bytes: &[u8], _page: Option<&str>) -> Result<Sheet, SheetError> {
    Err(SheetError::Unreadable("this is a workbook: save the sheet as .csv".into()))
}
