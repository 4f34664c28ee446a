//! Who works at and visits the demo clinic. All names are made up.

use visita_domain::people::Sex;

/// The password of every demo account.
pub(crate) const PASSWORD: &str = "visita-demo-password";
/// The platform administrator: name and mailbox. Created first.
pub(crate) const ADMIN: (&str, &str) = ("Alex Morgan", "admin");
/// A patient who has just registered and has no visits yet: name and mailbox.
/// Created last: where this account exists, the demo is complete.
pub(crate) const NEWCOMER: (&str, &str) = ("Noé Fournier", "noe.fournier");

/// A hospital, by its place in [`HOSPITALS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum House {
    Harbour,
    Parc,
}

pub(crate) struct Hospital {
    pub(crate) house: House,
    pub(crate) name: &'static str,
    pub(crate) slug: &'static str,
    pub(crate) time_zone: &'static str,
    pub(crate) phone: &'static str,
    pub(crate) address: &'static str,
}

pub(crate) const HOSPITALS: [Hospital; 2] = [
    Hospital {
        house: House::Harbour,
        name: "Harbour Health",
        slug: "harbour-health",
        time_zone: "Europe/London",
        phone: "+44 20 7946 0120",
        address: "12 Harbour Row, London E14 9QS",
    },
    Hospital {
        house: House::Parc,
        name: "Clinique du Parc",
        slug: "clinique-du-parc",
        time_zone: "Europe/Paris",
        phone: "+33 1 99 00 45 67",
        address: "8 avenue du Parc, 75016 Paris",
    },
];

/// Reception: hospital, name, local part of the address.
pub(crate) const STAFF: [(House, &str, &str); 2] = [
    (House::Harbour, "Grace Okafor", "staff"),
    (House::Parc, "Luc Bernard", "luc.bernard"),
];

/// When a doctor works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hours {
    /// Every day, all day: visits can be tried whenever the demo is started.
    Always,
    /// Weekdays, a morning and an afternoon: `(from, until)` in minutes after midnight.
    Weekdays(&'static [(u16, u16)]),
}

pub(crate) struct Doctor {
    pub(crate) house: House,
    pub(crate) name: &'static str,
    pub(crate) mailbox: &'static str,
    pub(crate) specialty: &'static str,
    pub(crate) languages: &'static [&'static str],
    pub(crate) visit_minutes: u16,
    pub(crate) buffer_minutes: u16,
    pub(crate) hours: Hours,
    pub(crate) licence: &'static str,
    pub(crate) biography: &'static str,
}

const OFFICE: Hours = Hours::Weekdays(&[(9 * 60, 12 * 60 + 30), (13 * 60 + 30, 17 * 60)]);
const EARLY: Hours = Hours::Weekdays(&[(8 * 60, 12 * 60), (13 * 60, 16 * 60)]);

pub(crate) const DOCTORS: [Doctor; 8] = [
    Doctor {
        house: House::Harbour,
        name: "Dr Nadia Rahman",
        mailbox: "doctor",
        specialty: "General practice",
        languages: &["en", "bn", "fr"],
        visit_minutes: 15,
        buffer_minutes: 0,
        hours: Hours::Always,
        licence: "GMC 7104482",
        biography: "Family doctor for fourteen years, with a special interest in long-term conditions such as high blood pressure and diabetes. I like to explain things with a drawing, and I always leave time for your questions.",
    },
    Doctor {
        house: House::Harbour,
        name: "Dr James Whitfield",
        mailbox: "james.whitfield",
        specialty: "Cardiology",
        languages: &["en"],
        visit_minutes: 30,
        buffer_minutes: 0,
        hours: OFFICE,
        licence: "GMC 6038815",
        biography: "Consultant cardiologist. I see people with palpitations, chest pain on effort and high blood pressure that does not respond to treatment. Please have your list of medicines at hand.",
    },
    Doctor {
        house: House::Harbour,
        name: "Dr Sofia Marchetti",
        mailbox: "sofia.marchetti",
        specialty: "Dermatology",
        languages: &["en", "it"],
        visit_minutes: 20,
        buffer_minutes: 0,
        hours: EARLY,
        licence: "GMC 7352091",
        biography: "Dermatologist for adults and children. Photographs taken in daylight help me a great deal: please upload them before our visit.",
    },
    Doctor {
        house: House::Harbour,
        name: "Dr Tomasz Nowak",
        mailbox: "tomasz.nowak",
        specialty: "Psychiatry",
        languages: &["en", "pl", "de"],
        visit_minutes: 45,
        buffer_minutes: 15,
        hours: Hours::Weekdays(&[(10 * 60, 13 * 60), (14 * 60, 18 * 60)]),
        licence: "GMC 6917340",
        biography: "Psychiatrist working with anxiety, low mood and sleep problems. A quiet room and headphones make a good visit. You may turn your camera off whenever you wish.",
    },
    Doctor {
        house: House::Harbour,
        name: "Dr Chioma Adeyemi",
        mailbox: "chioma.adeyemi",
        specialty: "Urgent care",
        languages: &["en", "yo"],
        visit_minutes: 15,
        buffer_minutes: 0,
        hours: Hours::Always,
        licence: "GMC 7290056",
        biography: "Urgent care at any hour, for things that cannot wait for your own doctor but do not need an ambulance.",
    },
    Doctor {
        house: House::Parc,
        name: "Dr Claire Dubois",
        mailbox: "claire.dubois",
        specialty: "General practice",
        languages: &["fr", "en"],
        visit_minutes: 20,
        buffer_minutes: 0,
        hours: OFFICE,
        licence: "RPPS 10003847561",
        biography: "Family doctor in the sixteenth arrondissement. Follow-up visits, prescriptions and prevention, in French or English.",
    },
    Doctor {
        house: House::Parc,
        name: "Dr Karim Benali",
        mailbox: "karim.benali",
        specialty: "Paediatrics",
        languages: &["fr", "ar", "en"],
        visit_minutes: 20,
        buffer_minutes: 0,
        hours: EARLY,
        licence: "RPPS 10005172904",
        biography: "Paediatrician and father of three. Have your child's health booklet and a thermometer ready, and a favourite toy does no harm.",
    },
    Doctor {
        house: House::Parc,
        name: "Dr Élodie Martin",
        mailbox: "elodie.martin",
        specialty: "Endocrinology",
        languages: &["fr", "en", "es"],
        visit_minutes: 30,
        buffer_minutes: 0,
        hours: OFFICE,
        licence: "RPPS 10004410387",
        biography: "Diabetes, thyroid and hormones. Please upload your last blood tests two days before the visit.",
    },
];

pub(crate) struct Patient {
    pub(crate) house: House,
    pub(crate) name: &'static str,
    pub(crate) mailbox: &'static str,
    pub(crate) born: (i16, i8, i8),
    pub(crate) sex: Sex,
    pub(crate) phone: &'static str,
    pub(crate) record: &'static str,
    pub(crate) contact: &'static str,
    pub(crate) language: &'static str,
}

macro_rules! patients {
    ($($house:ident, $name:literal, $mailbox:literal, $born:expr, $sex:ident, $phone:literal, $record:literal, $contact:literal, $language:literal;)*) => {
        pub(crate) const PATIENTS: &[Patient] = &[$(Patient {
            house: House::$house, name: $name, mailbox: $mailbox, born: $born, sex: Sex::$sex,
            phone: $phone, record: $record, contact: $contact, language: $language,
        }),*];
    };
}

patients! {
    Harbour, "Daniel Carter", "patient", (1984, 5, 17), Male, "+44 7700 900121", "HH-20418", "Laura Carter (wife), +44 7700 900122", "en";
    Harbour, "Amelia Hart", "amelia.hart", (1991, 2, 3), Female, "+44 7700 900133", "HH-20533", "Susan Hart (mother), +44 7700 900134", "en";
    Harbour, "Oliver Bennett", "oliver.bennett", (1958, 11, 29), Male, "+44 7700 900145", "HH-18702", "Ruth Bennett (wife), +44 7700 900146", "en";
    Harbour, "Priya Shah", "priya.shah", (1996, 8, 21), Female, "+44 7700 900157", "HH-21190", "Anil Shah (brother), +44 7700 900158", "en";
    Harbour, "Mateus Silva", "mateus.silva", (1979, 1, 12), Male, "+44 7700 900169", "HH-19944", "Joana Silva (wife), +44 7700 900170", "pt";
    Harbour, "Fatima Khan", "fatima.khan", (1988, 6, 30), Female, "+44 7700 900181", "HH-20087", "Imran Khan (husband), +44 7700 900182", "en";
    Harbour, "George Ellis", "george.ellis", (1947, 4, 8), Male, "+44 7700 900193", "HH-11236", "Margaret Ellis (daughter), +44 7700 900194", "en";
    Harbour, "Hannah Schmidt", "hannah.schmidt", (2001, 9, 14), Female, "+44 7700 900205", "HH-21745", "Petra Schmidt (mother), +49 30 5550 1122", "de";
    Harbour, "Isla MacLeod", "isla.macleod", (1973, 12, 2), Female, "+44 7700 900217", "HH-17311", "Ewan MacLeod (son), +44 7700 900218", "en";
    Harbour, "Leo Tanaka", "leo.tanaka", (1993, 3, 27), Male, "+44 7700 900229", "HH-21802", "Mika Tanaka (sister), +44 7700 900230", "en";
    Parc, "Camille Laurent", "camille.laurent", (1986, 7, 9), Female, "+33 6 99 00 11 21", "CP-4417", "Paul Laurent (husband), +33 6 99 00 11 22", "fr";
    Parc, "Hugo Moreau", "hugo.moreau", (1969, 10, 18), Male, "+33 6 99 00 11 33", "CP-3902", "Anne Moreau (wife), +33 6 99 00 11 34", "fr";
    Parc, "Inès Girard", "ines.girard", (1998, 4, 25), Female, "+33 6 99 00 11 45", "CP-4630", "Marc Girard (father), +33 6 99 00 11 46", "fr";
    Parc, "Mehdi Amrani", "mehdi.amrani", (1981, 2, 14), Male, "+33 6 99 00 11 57", "CP-4288", "Salma Amrani (wife), +33 6 99 00 11 58", "fr";
    Parc, "Jeanne Petit", "jeanne.petit", (1952, 8, 6), Female, "+33 6 99 00 11 69", "CP-2075", "Lucie Petit (daughter), +33 6 99 00 11 70", "fr";
}

/// The address of a mailbox.
pub(crate) fn address(mailbox: &str) -> String {
    format!("{mailbox}@demo.visita.test")
}
