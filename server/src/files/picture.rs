//! Pictures as people upload them, made safe: told by content, bounded before they are decoded, turned upright, and
//! written anew, so that nothing of the original file (place, camera, hidden parts) survives.

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage, codecs::jpeg::JpegEncoder, imageops::FilterType,
};
use shared::Complaint;
use std::io::Cursor;

/// What every stored picture is.
pub const MEDIA_TYPE: &str = "image/jpeg";
/// Most pixels of an upload: some more than the cameras of phones make, before anything is decoded.
const MOST_PIXELS: u64 = 40_000_000;
/// Most bytes one decoding may take; 40 million pixels of four bytes fit.
const MOST_MEMORY: u64 = 192 * 1024 * 1024;
/// Longest side of a stored picture in pixels: an A4 page at some 220 dpi, which reads well.
const LONGEST_SIDE: u32 = 2560;
/// JPEG quality of stored pictures, of 100.
const QUALITY: u8 = 85;

/// A picture made safe.
#[derive(Debug)]
pub struct Picture {
    /// JPEG without metadata.
    pub jpeg: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// Makes a picture safe: JPEG, PNG or WebP in, JPEG out. Takes processor time; call it off the runtime.
///
/// # Errors
/// [`Complaint::FileNotAPicture`] for any other content, [`Complaint::FileBroken`] for a picture that does not
/// decode or is larger than the limits of pixels and memory.
pub fn normalise(bytes: &[u8]) -> Result<Picture, Complaint> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| Complaint::FileBroken)?;
    if !matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) {
        return Err(Complaint::FileNotAPicture);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| Complaint::FileBroken)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > MOST_PIXELS || decoder.total_bytes() > MOST_MEMORY {
        return Err(Complaint::FileBroken);
    }
    // A picture whose orientation does not read is shown as it lies.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| Complaint::FileBroken)?;
    if width.max(height) > LONGEST_SIDE {
        picture = picture.resize(LONGEST_SIDE, LONGEST_SIDE, FilterType::CatmullRom);
    }
    picture.apply_orientation(orientation);
    let flat = on_white(picture);
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(&flat).map_err(|_| Complaint::FileBroken)?;
    Ok(Picture { jpeg, width: flat.width(), height: flat.height() })
}

/// JPEG knows no transparency: what shows through becomes white, as paper is.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let seen = picture.into_rgba8();
    let mut flat = RgbImage::new(seen.width(), seen.height());
    for (to, from) in flat.pixels_mut().zip(seen.pixels()) {
        let [red, green, blue, alpha] = from.0;
        let mix = |colour: u8| {
            let sum = u32::from(colour) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
            u8::try_from(sum / 255).unwrap_or(255)
        };
        *to = Rgb([mix(red), mix(green), mix(blue)]);
    }
    flat
}
