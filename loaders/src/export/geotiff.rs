//! A grid of values as `GeoTIFF` 1.1 (OGC 19-008r4): one band of 64-bit floats, deflated, NaN where there is no value.

use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::Path;

use comarca_engine::heatmap::Grid;
use tiff::encoder::colortype::Gray64Float;
use tiff::encoder::compression::DeflateLevel;
use tiff::encoder::{Compression, TiffEncoder};
use tiff::tags::Tag;

use super::error::ExportError;
use super::whole_file::WholeFile;
use crate::crs::Crs;

/// `GeoTIFF` §7.2: the number of a key that is not in the registry.
const USER_DEFINED: u16 = 32_767;

/// Writes a grid to a file, which is there whole or not at all.
///
/// # Errors
/// When the file cannot be written, or its CRS is no projected one with an EPSG code.
pub fn write_geotiff(grid: &Grid, crs: &str, path: &Path) -> Result<(), ExportError> {
    let whole = WholeFile::create(path)?;
    let mut out = BufWriter::new(File::create(whole.path())?);
    encode(grid, crs, &mut out)?;
    out.flush()?;
    Ok(whole.keep()?)
}

fn encode(grid: &Grid, crs: &str, out: &mut (impl Write + Seek)) -> Result<(), ExportError> {
    let too_large =
        |_| ExportError::unfit("the grid is too large for a TIFF", "choose a larger cell");
    let columns = u32::try_from(grid.columns).map_err(too_large)?;
    let rows = u32::try_from(grid.rows).map_err(too_large)?;
    let keys = geo_keys(crs)?;
    let mut encoder =
        TiffEncoder::new(out)?.with_compression(Compression::Deflate(DeflateLevel::Balanced));
    let mut image = encoder.new_image::<Gray64Float>(columns, rows)?;
    let north = grid.min_y_m + grid.rows as f64 * grid.cell_m;
    let directory = image.encoder();
    directory.write_tag(
        Tag::ModelPixelScaleTag,
        &[grid.cell_m, grid.cell_m, 0.0][..],
    )?;
    let corner = [0.0, 0.0, 0.0, grid.min_x_m, north, 0.0];
    directory.write_tag(Tag::ModelTiepointTag, &corner[..])?;
    directory.write_tag(Tag::GeoKeyDirectoryTag, &keys[..])?;
    directory.write_tag(Tag::GdalNodata, "nan")?;
    // Rows run from the south in a grid and from the north in a picture.
    let from_north: Vec<f64> = grid
        .values
        .chunks(grid.columns.max(1))
        .rev()
        .flatten()
        .copied()
        .collect();
    Ok(image.write_data(&from_north)?)
}

/// The key directory of a projected CRS, whose cells are areas.
fn geo_keys(crs: &str) -> Result<Vec<u16>, ExportError> {
    let parsed = Crs::parse(crs)
        .map_err(|error| ExportError::unfit(error.to_string(), "say a known CRS"))?;
    let code = parsed.epsg().and_then(|code| u16::try_from(code).ok());
    let entry = |key: u16, value: u16| [key, 0, 1, value];
    let header = [1, 1, 1, 3];
    let model = entry(1024, 1); // GTModelTypeGeoKey: projected
    let raster = entry(1025, 1); // GTRasterTypeGeoKey: pixel is area
    let projected = entry(3072, code.unwrap_or(USER_DEFINED)); // ProjectedCRSGeoKey
    Ok([header, model, raster, projected].concat())
}

impl From<tiff::TiffError> for ExportError {
    fn from(error: tiff::TiffError) -> Self {
        match error {
            tiff::TiffError::IoError(error) => Self::Io(error),
            other => Self::unfit(
                format!("the GeoTIFF cannot be written: {other}"),
                "choose a larger cell",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use tiff::decoder::{Decoder, DecodingResult};

    use super::*;

    #[test]
    fn a_grid_comes_back_with_its_place_and_north_up() {
        let grid = Grid {
            min_x_m: 340_000.0,
            min_y_m: 6_290_000.0,
            cell_m: 25.0,
            columns: 3,
            rows: 2,
            values: vec![1.0, 2.0, 3.0, 4.0, f64::NAN, 6.5],
        };
        let mut bytes = Cursor::new(vec![]);
        encode(&grid, "EPSG:32719", &mut bytes).unwrap();
        bytes.set_position(0);
        let mut decoder = Decoder::new(bytes).unwrap();
        assert_eq!(decoder.dimensions().unwrap(), (3, 2));
        let corner = decoder.get_tag_f64_vec(Tag::ModelTiepointTag).unwrap();
        assert_eq!(corner[3..5], [340_000.0, 6_290_050.0]);
        let keys = decoder.get_tag_u16_vec(Tag::GeoKeyDirectoryTag).unwrap();
        assert_eq!(keys[12..], [3072, 0, 1, 32_719]);
        let DecodingResult::F64(values) = decoder.read_image().unwrap() else {
            panic!("64-bit floats");
        };
        assert_eq!((values[0], values[2], values[5]), (4.0, 6.5, 3.0));
        assert!(values[1].is_nan());
    }
}
