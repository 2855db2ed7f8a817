//! Normalises uploaded pictures: the format is detected by content, the size is checked before decoding, and the picture is
//! rotated upright and encoded again, so that no metadata (place, camera) or hidden data of the original file remains.

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage, codecs::jpeg::JpegEncoder, imageops::FilterType,
};
use shared::FieldErrorKind;
use std::io::Cursor;

/// The media type of stored pictures.
pub const MEDIA_TYPE: &str = "image/jpeg";
/// Maximum number of pixels of an upload, more than phone cameras produce; checked before decoding.
const MAX_PIXELS: u64 = 40_000_000;
/// Memory limit of one decoding in bytes, enough for 40 million pixels of four bytes.
const MAX_MEMORY: u64 = 192 * 1024 * 1024;
/// Longest side of a stored picture in pixels: an A4 page at about 220 dpi, which is legible.
const LONGEST_SIDE: u32 = 2560;
/// JPEG quality of stored pictures, of 100.
const QUALITY: u8 = 85;

/// A normalised picture.
#[derive(Debug)]
pub struct Picture {
    /// JPEG without metadata.
    pub jpeg: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// Normalises a picture: JPEG, PNG or WebP in, JPEG out. CPU-bound; must not run on the async runtime.
///
/// # Errors
/// [`FieldErrorKind::FileNotAPicture`] for any other content, [`FieldErrorKind::FileBroken`] for a picture that cannot be decoded or
/// exceeds the limits of pixels or memory.
pub fn normalise(bytes: &[u8]) -> Result<Picture, FieldErrorKind> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| FieldErrorKind::FileBroken)?;
    if !matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) {
        return Err(FieldErrorKind::FileNotAPicture);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| FieldErrorKind::FileBroken)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > MAX_PIXELS || decoder.total_bytes() > MAX_MEMORY {
        return Err(FieldErrorKind::FileBroken);
    }
    // Without a valid orientation the picture is not rotated.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| FieldErrorKind::FileBroken)?;
    if width.max(height) > LONGEST_SIDE {
        picture = picture.resize(LONGEST_SIDE, LONGEST_SIDE, FilterType::CatmullRom);
    }
    picture.apply_orientation(orientation);
    let flat = on_white(picture);
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(&flat).map_err(|_| FieldErrorKind::FileBroken)?;
    Ok(Picture { jpeg, width: flat.width(), height: flat.height() })
}

/// Blends transparent pixels with white, because JPEG has no transparency.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let source = picture.into_rgba8();
    let mut flat = RgbImage::new(source.width(), source.height());
    for (to, from) in flat.pixels_mut().zip(source.pixels()) {
        let [red, green, blue, alpha] = from.0;
        let mix = |colour: u8| {
            let sum = u32::from(colour) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
            u8::try_from(sum / 255).unwrap_or(255)
        };
        *to = Rgb([mix(red), mix(green), mix(blue)]);
    }
    flat
}
