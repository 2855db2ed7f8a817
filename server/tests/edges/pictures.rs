//! Tests uploaded pictures: conversion, removal of metadata, and rejection of other files.

use bytes::Bytes;
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use server::{
    Error,
    files::{Files, MAX_BYTES, Stored},
};
use shared::{FieldErrorKind, Problem};
use std::io::Cursor;
use testing::edge_fixture::Folder;

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// Left half red, right half blue.
fn two_halves(width: u32, height: u32) -> DynamicImage {
    let halves =
        RgbaImage::from_fn(width, height, |x, _| if x < width / 2 { Rgba([220, 0, 0, 255]) } else { Rgba([0, 0, 220, 255]) });
    DynamicImage::ImageRgba8(halves)
}

/// Adds EXIF data (CIPA DC-008): orientation 6 (rotate by 90° clockwise to display upright) and a GPS location.
fn exif(jpeg: &[u8]) -> Vec<u8> {
    let mut tiff = b"Exif\0\0MM\0*\0\0\0\x08".to_vec();
    tiff.extend(2_u16.to_be_bytes());
    tiff.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]);
    tiff.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38]);
    tiff.extend([0, 0, 0, 0]);
    tiff.extend(1_u16.to_be_bytes());
    tiff.extend([0, 1, 0, 2, 0, 0, 0, 2]);
    tiff.extend(b"N\0\0\0\0\0\0\0GPS-30.59N-114.30E");
    let length = u16::try_from(tiff.len() + 2).unwrap();
    [&jpeg[..2], &[0xFF, 0xE1], &length.to_be_bytes(), &tiff, &jpeg[2..]].concat()
}

async fn put(files: &Files, bytes: Vec<u8>) -> Result<Stored, FieldErrorKind> {
    files.put(Bytes::from(bytes)).await.map_err(|error| match error {
        Error::Problem(Problem::Invalid { mut errors }) => errors.remove(0).kind,
        other => panic!("{other}"),
    })
}

async fn seen(files: &Files, stored: &Stored) -> image::RgbImage {
    image::load_from_memory(&files.get(&stored.key).await.unwrap()).unwrap().into_rgb8()
}

#[tokio::test]
async fn photo_is_rotated_upright_and_stripped_of_its_location() {
    let folder = Folder::new();
    let files = Files::new(folder.0.join("files"));
    let photo = exif(&encoded(&two_halves(64, 32).into_rgb8().into(), ImageFormat::Jpeg));
    assert!(photo.windows(3).any(|w| w == b"GPS"));
    let stored = put(&files, photo).await.unwrap();
    assert_eq!((stored.width, stored.height, stored.media_type.as_str()), (32, 64, "image/jpeg"));
    let bytes = files.get(&stored.key).await.unwrap();
    assert!(!bytes.windows(4).any(|w| w == b"Exif") && !bytes.windows(3).any(|w| w == b"GPS"));
    assert_eq!(bytes.len() as u64, stored.bytes);
    assert_eq!(server::vault::sha256(&[&bytes]), stored.sha256);
    // Rotated clockwise, the left half is on top.
    let picture = seen(&files, &stored).await;
    assert!(picture.get_pixel(16, 8).0[0] > 180 && picture.get_pixel(16, 56).0[2] > 180);
}

#[tokio::test]
async fn png_and_webp_become_jpeg_with_white_for_transparency() {
    let folder = Folder::new();
    let files = Files::new(folder.0.join("files"));
    let transparent = DynamicImage::ImageRgba8(RgbaImage::from_pixel(20, 10, Rgba([0, 0, 0, 0])));
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let stored = put(&files, encoded(&transparent, format)).await.unwrap();
        assert_eq!((stored.width, stored.height), (20, 10));
        assert!(seen(&files, &stored).await.get_pixel(10, 5).0.iter().all(|c| *c > 250));
    }
    let long = put(&files, encoded(&two_halves(5120, 100), ImageFormat::Png)).await.unwrap();
    assert_eq!((long.width, long.height), (2560, 50));
}

#[tokio::test]
async fn files_that_are_not_pictures_are_rejected() {
    let folder = Folder::new();
    let files = Files::new(folder.0.join("files"));
    let png = encoded(&two_halves(64, 64), ImageFormat::Png);
    for other in [&b"GIF89a\x01\0\x01\0\0\0\0;"[..], b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"", b"BM"] {
        assert_eq!(put(&files, other.to_vec()).await.unwrap_err(), FieldErrorKind::FileNotAPicture);
    }
    assert_eq!(put(&files, png[..png.len() / 2].to_vec()).await.unwrap_err(), FieldErrorKind::FileBroken);
    assert_eq!(put(&files, vec![0; MAX_BYTES + 1]).await.unwrap_err(), FieldErrorKind::FileTooLarge { max_mib: 10 });
    assert!(!folder.0.join("files").exists(), "rejected files are not stored");
}

#[tokio::test]
async fn decompression_bomb_is_rejected_by_its_declared_size() {
    let folder = Folder::new();
    let files = Files::new(folder.0.join("files"));
    for (width, height) in [(50_000_u32, 50_000_u32), (8_000, 8_000), (u32::MAX >> 1, 1)] {
        let mut header = b"IHDR".to_vec();
        header.extend(width.to_be_bytes());
        header.extend(height.to_be_bytes());
        header.extend([8, 6, 0, 0, 0]);
        let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
        bomb.extend(&header);
        bomb.extend(crc(&header).to_be_bytes());
        bomb.extend(b"\0\0\0\0IEND\xae\x42\x60\x82");
        assert_eq!(put(&files, bomb).await.unwrap_err(), FieldErrorKind::FileBroken, "{width}x{height}");
    }
}

/// CRC-32 of a PNG chunk (ISO 15948, annex D).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 })
    })
}

#[tokio::test]
async fn only_issued_storage_keys_open_files() {
    let folder = Folder::new();
    let files = Files::new(folder.0.join("files"));
    std::fs::write(folder.0.join("secret"), "x").unwrap();
    for key in ["../secret", "secret", "", "../../../../../../../etc/hosts", &"a".repeat(32)] {
        assert!(matches!(files.get(key).await, Err(Error::Problem(Problem::NotFound))), "{key}");
    }
    let stored = put(&files, encoded(&two_halves(8, 8), ImageFormat::Png)).await.unwrap();
    files.remove(&stored.key).await.unwrap();
    files.remove(&stored.key).await.unwrap();
    assert!(matches!(files.get(&stored.key).await, Err(Error::Problem(Problem::NotFound))));
}
