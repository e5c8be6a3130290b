//! What a run starts from: equipment, manual, index, model. Must not know how any of it is drawn.

use anyhow::Context as _;
use fieldwright_guide::equipment::EquipmentPackage;
use fieldwright_session::place::ProductFiles;

/// Reads an equipment package.
///
/// # Errors
/// When there is none of this name, or its file is damaged: with file, line and column.
pub(crate) fn read_equipment(files: &ProductFiles, name: &str) -> anyhow::Result<EquipmentPackage> {
    let path = files.equipment(name).join("equipment.ron");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("no equipment `{name}`: cannot read {}", path.display()))?;
    ron::Options::default()
        .from_str(&text)
        .map_err(|error| anyhow::anyhow!("{}, line {}: {}", path.display(), error.span.start.line, error.code))
}
