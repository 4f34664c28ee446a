//! Small, valid documents for the demo: PDF pages of text, and an ECG strip as PNG.

use visita_domain::document::MediaType;

/// A document that somebody shares in the story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paper {
    BloodTest,
    BloodPressureDiary,
    EcgStrip,
    Prescription,
    Referral,
    SickNote,
}

impl Paper {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 6] = [
        Self::BloodTest,
        Self::BloodPressureDiary,
        Self::EcgStrip,
        Self::Prescription,
        Self::Referral,
        Self::SickNote,
    ];

    pub(crate) fn file_name(self) -> &'static str {
        match self {
            Self::BloodTest => "Blood test results.pdf",
            Self::BloodPressureDiary => "Blood pressure diary.pdf",
            Self::EcgStrip => "ECG lead II.png",
            Self::Prescription => "Prescription.pdf",
            Self::Referral => "Referral letter.pdf",
            Self::SickNote => "Fitness for work.pdf",
        }
    }

    pub(crate) fn media_type(self) -> MediaType {
        match self {
            Self::EcgStrip => MediaType::Png,
            _ => MediaType::Pdf,
        }
    }

    /// The file's bytes.
    pub(crate) fn content(self) -> Vec<u8> {
        match self {
            Self::EcgStrip => png::ecg(),
            Self::BloodTest => pdf(
                "Blood test results",
                &[
                    "Sample taken after an overnight fast.",
                    "",
                    "Haemoglobin            14.1 g/dL      (13.0 - 17.0)",
                    "White cells             6.2 x10^9/L   (4.0 - 11.0)",
                    "Platelets               248 x10^9/L   (150 - 400)",
                    "HbA1c                    38 mmol/mol  (20 - 41)",
                    "Total cholesterol       5.4 mmol/L    (below 5.0)  HIGH",
                    "LDL cholesterol         3.4 mmol/L    (below 3.0)  HIGH",
                    "Creatinine               84 umol/L    (59 - 104)",
                    "TSH                     2.1 mU/L      (0.4 - 4.0)",
                    "",
                    "Authorised by the duty biochemist.",
                ],
            ),
            Self::BloodPressureDiary => pdf(
                "Blood pressure diary",
                &[
                    "Measured sitting, left arm, after five minutes of rest.",
                    "",
                    "Day          Morning     Evening",
                    "Monday       142 / 91    138 / 88",
                    "Tuesday      139 / 90    136 / 86",
                    "Wednesday    144 / 92    140 / 89",
                    "Thursday     137 / 88    134 / 85",
                    "Friday       141 / 90    137 / 87",
                    "Saturday     135 / 86    133 / 84",
                    "Sunday       136 / 87    134 / 86",
                ],
            ),
            Self::Prescription => pdf(
                "Prescription",
                &[
                    "Amlodipine 5 mg tablets",
                    "One tablet in the morning, 28 days, two repeats.",
                    "",
                    "Swollen ankles are possible in the first weeks.",
                    "Contact the clinic when they do not go away.",
                ],
            ),
            Self::Referral => pdf(
                "Referral letter",
                &[
                    "Dear colleague,",
                    "",
                    "Thank you for seeing this patient with palpitations that come",
                    "two or three times a week, last some minutes and end by themselves.",
                    "No chest pain, no fainting. Blood pressure slightly raised at home.",
                    "",
                    "I would be grateful for your opinion and an ambulatory ECG.",
                    "",
                    "With kind regards,",
                    "Harbour Health, General practice",
                ],
            ),
            Self::SickNote => pdf(
                "Statement of fitness for work",
                &[
                    "The patient is not fit for work for five days.",
                    "A further assessment is not needed at the end of this period.",
                ],
            ),
        }
    }
}

/// A page of A4 with a title and lines of fixed-width text (PDF 1.4, ISO 32000-1).
/// The lines may hold ASCII only.
fn pdf(title: &str, lines: &[&str]) -> Vec<u8> {
    let escape = |text: &str| {
        text.replace('\\', "\\\\")
            .replace('(', "\\(")
            .replace(')', "\\)")
    };
    let mut text = format!("BT /F1 20 Tf 60 770 Td ({}) Tj ET\n", escape(title));
    text.push_str("BT /F2 11 Tf 60 730 Td 17 TL\n");
    for line in lines {
        text.push_str(&format!("({}) Tj T*\n", escape(line)));
    }
    text.push_str("ET\nBT /F1 9 Tf 60 50 Td (Demo document. It describes nobody.) Tj ET\n");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 6 0 R \
         /Resources << /Font << /F1 4 0 R /F2 5 0 R >> >> >>"
            .to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{text}endstream", text.len()),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let start = file.len();
    file.push_str(&table);
    file.push_str(&format!(
        "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n",
        objects.len() + 1
    ));
    file.into_bytes()
}

/// A PNG without a compressor: deflate's stored blocks are valid (RFC 1951 §3.2.4).
mod png {
    const WIDTH: usize = 900;
    const HEIGHT: usize = 260;
    /// Paper, fine grid, bold grid, ink.
    const PALETTE: [u8; 12] = [
        0xff, 0xf7, 0xf5, 0xfb, 0xdd, 0xd8, 0xf2, 0xb3, 0xaa, 0x22, 0x22, 0x33,
    ];

    /// Twelve beats on pink millimetre paper.
    pub(super) fn ecg() -> Vec<u8> {
        let mut rows = vec![vec![0_u8; WIDTH]; HEIGHT];
        for (y, row) in rows.iter_mut().enumerate() {
            for (x, dot) in row.iter_mut().enumerate() {
                *dot = match (x % 50 == 0 || y % 50 == 0, x % 10 == 0 || y % 10 == 0) {
                    (true, _) => 2,
                    (false, true) => 1,
                    (false, false) => 0,
                };
            }
        }
        let mut before = height_at(0);
        for x in 0..WIDTH {
            let here = height_at(x);
            for y in before.min(here)..=before.max(here) + 1 {
                if let Some(dot) = rows.get_mut(y).and_then(|row| row.get_mut(x)) {
                    *dot = 3;
                }
            }
            before = here;
        }
        encode(&rows)
    }

    /// The line's row at a column: P wave, QRS complex, T wave, as straight strokes.
    fn height_at(x: usize) -> usize {
        const BASE: usize = 160;
        const BEAT: [(usize, usize); 11] = [
            (0, BASE),
            (12, BASE),
            (18, BASE - 14),
            (24, BASE),
            (30, BASE),
            (32, BASE + 10),
            (36, BASE - 110),
            (40, BASE + 24),
            (43, BASE),
            (56, BASE - 24),
            (68, BASE),
        ];
        let phase = x % 75;
        let next = BEAT.iter().position(|(at, _)| *at > phase);
        let Some(next) = next else { return BASE };
        let (Some((x0, y0)), Some((x1, y1))) = (BEAT.get(next.saturating_sub(1)), BEAT.get(next))
        else {
            return BASE;
        };
        let (span, into) = (x1 - x0, phase - x0);
        (y0 * (span - into) + y1 * into) / span
    }

    fn encode(rows: &[Vec<u8>]) -> Vec<u8> {
        let mut raw = Vec::new();
        for row in rows {
            raw.push(0);
            raw.extend_from_slice(row);
        }
        let mut header = Vec::new();
        for side in [WIDTH, HEIGHT] {
            header.extend_from_slice(&u32::try_from(side).unwrap_or_default().to_be_bytes());
        }
        // Eight bits by palette, no interlacing.
        header.extend_from_slice(&[8, 3, 0, 0, 0]);
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        chunk(&mut file, *b"IHDR", &header);
        chunk(&mut file, *b"PLTE", &PALETTE);
        chunk(&mut file, *b"IDAT", &zlib(&raw));
        chunk(&mut file, *b"IEND", &[]);
        file
    }

    fn chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
        let length = u32::try_from(data.len()).unwrap_or_default();
        file.extend_from_slice(&length.to_be_bytes());
        let mut body = kind.to_vec();
        body.extend_from_slice(data);
        file.extend_from_slice(&body);
        file.extend_from_slice(&crc32(&body).to_be_bytes());
    }

    fn zlib(raw: &[u8]) -> Vec<u8> {
        let mut stream = vec![0x78, 0x01];
        let mut blocks = raw.chunks(usize::from(u16::MAX)).peekable();
        while let Some(block) = blocks.next() {
            let length = u16::try_from(block.len()).unwrap_or_default();
            stream.push(u8::from(blocks.peek().is_none()));
            stream.extend_from_slice(&length.to_le_bytes());
            stream.extend_from_slice(&(!length).to_le_bytes());
            stream.extend_from_slice(block);
        }
        stream.extend_from_slice(&adler32(raw).to_be_bytes());
        stream
    }

    /// RFC 1950 §9.
    fn adler32(data: &[u8]) -> u32 {
        let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), byte| {
            let a = (a + u32::from(*byte)) % 65521;
            (a, (b + a) % 65521)
        });
        (b << 16) | a
    }

    /// ISO 3309, as in the PNG specification's annex D.
    fn crc32(data: &[u8]) -> u32 {
        !data.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 {
                    (crc >> 1) ^ 0xedb8_8320
                } else {
                    crc >> 1
                }
            })
        })
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn checksums_are_the_published_ones() {
            assert_eq!(super::crc32(b"123456789"), 0xcbf4_3926);
            assert_eq!(super::adler32(b"Wikipedia"), 0x11e6_0398);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_in_a_pdf_point_at_its_objects() {
        let file = String::from_utf8(Paper::BloodTest.content()).expect("ASCII");
        let start: usize = file
            .rsplit_once("startxref\n")
            .and_then(|(_, rest)| rest.lines().next()?.parse().ok())
            .expect("startxref");
        let table = file.get(start..).expect("table");
        let offsets = table.lines().skip(3).take(6);
        for (index, line) in offsets.enumerate() {
            let offset: usize = line.get(..10).and_then(|n| n.parse().ok()).expect("offset");
            let object = file.get(offset..).expect("object");
            assert!(
                object.starts_with(&format!("{} 0 obj\n", index + 1)),
                "{line}"
            );
        }
    }

    #[test]
    fn every_paper_is_ascii_named_by_its_kind() {
        for paper in Paper::ALL {
            let by_name = MediaType::from_extension(paper.file_name());
            assert_eq!(by_name, Some(paper.media_type()), "{paper:?}");
            assert!(paper.content().len() > 500);
        }
    }
}
