//! What happened, happens and will happen at the demo clinic, around the moment of the first start.

use super::papers::Paper;

/// Who does something in a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Doctor,
    Patient,
    Staff,
}

/// When a visit starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// So many working days before (negative) or after today, at that minute of the clinic's day.
    Day(i64, u16),
    /// So many quarters of an hour from the next one that is at least five minutes away.
    Quarter(i64),
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Agreed and still to come.
    Booked,
    /// The patient sits in the lobby now.
    Waiting,
    Finished,
    NoShow,
    Cancelled(Who, &'static str),
}

/// Something said or shared in the conversation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    /// Minutes after the start of the visit; before it when negative.
    pub(crate) minute: i64,
    pub(crate) who: Who,
    pub(crate) what: What,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum What {
    Words(&'static str),
    Paper(Paper),
    /// Reads everything up to here.
    Reads,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Visit {
    pub(crate) doctor: &'static str,
    pub(crate) patient: &'static str,
    pub(crate) when: When,
    pub(crate) outcome: Outcome,
    pub(crate) reason: &'static str,
    pub(crate) talk: &'static [Line],
}

const fn says(minute: i64, who: Who, text: &'static str) -> Line {
    Line {
        minute,
        who,
        what: What::Words(text),
    }
}

const fn shares(minute: i64, who: Who, paper: Paper) -> Line {
    Line {
        minute,
        who,
        what: What::Paper(paper),
    }
}

const fn reads(minute: i64, who: Who) -> Line {
    Line {
        minute,
        who,
        what: What::Reads,
    }
}

const fn visit(
    doctor: &'static str,
    patient: &'static str,
    when: When,
    outcome: Outcome,
    reason: &'static str,
    talk: &'static [Line],
) -> Visit {
    Visit {
        doctor,
        patient,
        when,
        outcome,
        reason,
        talk,
    }
}

use Outcome::{Booked, Cancelled, Finished, NoShow, Waiting};
use When::{Day, Quarter};
use Who::{Doctor, Patient, Staff};

/// Minutes after midnight.
const fn at(hour: u16, minute: u16) -> u16 {
    hour * 60 + minute
}

/// The visits of Harbour Health and Clinique du Parc: one line each, to be read as a table.
#[rustfmt::skip]
pub(crate) const VISITS: &[Visit] = &[
    // The story of the patient account.
    visit(
        "doctor",
        "patient",
        Day(-8, at(10, 15)),
        Finished,
        "High readings on my home blood pressure monitor",
        &[
            says(-1500, Patient, "Good morning doctor, I have measured twice a day as you asked. Here is the diary."),
            shares(-1499, Patient, Paper::BloodPressureDiary),
            reads(-300, Doctor),
            says(-299, Doctor, "Thank you Daniel, very tidy. We will go through it together."),
            says(6, Doctor, "Please have the blood test before we meet again: no breakfast that day."),
            says(8, Patient, "Will do. Is black coffee all right?"),
            says(9, Doctor, "Only water, I am afraid."),
            shares(40, Doctor, Paper::Prescription),
            shares(42, Doctor, Paper::Referral),
            says(43, Doctor, "The prescription and the letter for the cardiologist are here. Call us if your ankles swell."),
            reads(70, Patient),
            says(71, Patient, "Thank you, I have both."),
            reads(90, Doctor),
        ],
    ),
    visit(
        "james.whitfield",
        "patient",
        Day(-4, at(9, 30)),
        Finished,
        "Palpitations two or three times a week",
        &[
            says(-600, Patient, "Dr Rahman asked me to bring her letter. It should be in my documents."),
            reads(-60, Doctor),
            shares(35, Doctor, Paper::EcgStrip),
            says(36, Doctor, "This is your ECG from the walk-in. A regular rhythm, nothing to worry about. We will do the 24 hour recording next week."),
            reads(120, Patient),
            says(121, Patient, "What a relief. See you next week."),
            reads(200, Doctor),
        ],
    ),
    visit("sofia.marchetti", "patient", Day(-2, at(14, 20)), Cancelled(Patient, "The rash has gone"), "Itchy rash on the forearm", &[]),
    visit(
        "doctor",
        "patient",
        Quarter(0),
        Booked,
        "Blood pressure follow-up and blood test results",
        &[
            says(-480, Patient, "Hello doctor, the results came today. I have uploaded them."),
            shares(-479, Patient, Paper::BloodTest),
            says(-478, Patient, "My cholesterol seems a little high?"),
            reads(-200, Doctor),
            says(-199, Doctor, "Slightly, yes. Nothing urgent, we will talk about it in our visit."),
        ],
    ),
    visit("james.whitfield", "patient", Day(3, at(11, 0)), Booked, "Results of the 24 hour ECG", &[]),
    // Dr Rahman's other patients.
    visit(
        "doctor",
        "amelia.hart",
        Day(-7, at(9, 0)),
        Finished,
        "Sore throat and fever for three days",
        &[says(7, Doctor, "Plenty of fluids, paracetamol, and rest. If you cannot swallow, ring us at once."), shares(12, Doctor, Paper::SickNote), says(30, Patient, "Thank you, that will help with my employer."), reads(60, Doctor)],
    ),
    visit(
        "doctor",
        "oliver.bennett",
        Day(-6, at(11, 30)),
        Finished,
        "Review of diabetes medicines",
        &[says(-1000, Patient, "My sugar in the morning was between 6 and 8 all week."), reads(-30, Doctor), says(10, Doctor, "Very good, Oliver. We keep the dose as it is.")],
    ),
    visit("doctor", "george.ellis", Day(-6, at(15, 0)), NoShow, "Flu vaccination questions", &[says(30, Doctor, "We missed you today. Shall we find another time? Your daughter may join the call if you like.")]),
    visit("doctor", "fatima.khan", Day(-5, at(10, 0)), Finished, "Headaches after long days at the screen", &[]),
    visit("doctor", "priya.shah", Day(-3, at(16, 45)), Finished, "Travel vaccinations", &[says(14, Doctor, "Hepatitis A and typhoid, both at our nurse's. Book at reception."), reads(100, Patient)]),
    visit("doctor", "isla.macleod", Day(-2, at(12, 15)), Cancelled(Doctor, "I am called to an emergency; reception will offer you another time"), "Knee pain when climbing stairs", &[]),
    visit(
        "doctor",
        "hannah.schmidt",
        Day(-1, at(9, 45)),
        Finished,
        "Tired all the time",
        &[says(13, Doctor, "Let us check your iron and thyroid first. I have ordered the blood test."), reads(60, Patient), says(61, Patient, "Thank you! I can go tomorrow morning.")],
    ),
    visit("doctor", "oliver.bennett", Quarter(-12), Finished, "Dizzy when standing up", &[says(10, Doctor, "Stand up slowly for the next days and measure before breakfast. We speak again next week.")]),
    visit("doctor", "mateus.silva", Quarter(-9), NoShow, "Back pain", &[]),
    visit("doctor", "fatima.khan", Quarter(-6), Finished, "Headaches: two weeks later", &[says(12, Patient, "The new glasses made all the difference."), says(13, Doctor, "Wonderful to hear."), reads(20, Patient)]),
    visit("doctor", "priya.shah", Quarter(-1), Waiting, "Fever since coming back from travelling", &[says(-30, Patient, "I had 38.4 this morning, and no cough.")]),
    visit("doctor", "isla.macleod", Quarter(3), Booked, "Knee pain when climbing stairs", &[]),
    visit("doctor", "george.ellis", Quarter(6), Booked, "Flu vaccination questions", &[]),
    visit("doctor", "amelia.hart", Quarter(10), Booked, "Cough that does not go away", &[]),
    visit("doctor", "hannah.schmidt", Day(1, at(9, 0)), Booked, "Blood test results", &[]),
    visit("doctor", "leo.tanaka", Day(1, at(10, 30)), Booked, "First visit: asthma since childhood", &[]),
    visit("doctor", "mateus.silva", Day(2, at(14, 0)), Booked, "Back pain", &[]),
    visit("doctor", "oliver.bennett", Day(5, at(11, 30)), Booked, "Blood pressure and dizziness", &[]),
    // The rest of Harbour Health.
    visit("james.whitfield", "george.ellis", Day(-7, at(14, 0)), Finished, "Pacemaker check", &[]),
    visit("james.whitfield", "isla.macleod", Day(-3, at(10, 0)), NoShow, "Shortness of breath on the stairs", &[]),
    visit("james.whitfield", "oliver.bennett", Day(2, at(9, 0)), Booked, "Yearly heart check", &[]),
    visit(
        "sofia.marchetti",
        "priya.shah",
        Day(-5, at(8, 40)),
        Finished,
        "A mole that changed its shape",
        &[says(-400, Patient, "I took the photographs by the window, as you write in your profile."), reads(-20, Doctor), says(15, Doctor, "Harmless. Please show me again in a year."), reads(30, Patient)],
    ),
    visit("sofia.marchetti", "leo.tanaka", Day(-1, at(13, 20)), Cancelled(Staff, "The doctor is ill"), "Eczema on both hands", &[]),
    visit("sofia.marchetti", "leo.tanaka", Day(2, at(13, 20)), Booked, "Eczema on both hands", &[]),
    visit(
        "tomasz.nowak",
        "hannah.schmidt",
        Day(-6, at(10, 0)),
        Finished,
        "Sleep problems before exams",
        &[says(50, Doctor, "Try the sleep diary for one week, as we discussed. No screens in bed."), reads(80, Patient), says(81, Patient, "I will. Thank you for listening."), reads(160, Doctor)],
    ),
    visit("tomasz.nowak", "hannah.schmidt", Day(4, at(10, 0)), Booked, "Sleep diary, second visit", &[]),
    visit("chioma.adeyemi", "mateus.silva", Day(-2, at(19, 0)), Finished, "Cut on the hand", &[]),
    visit("chioma.adeyemi", "amelia.hart", Quarter(-5), Finished, "Allergic rash after lunch", &[says(11, Doctor, "One antihistamine tablet now. If your lips or tongue swell, call 999 at once.")]),
    visit("chioma.adeyemi", "leo.tanaka", Quarter(-1), Waiting, "Wheezing since last night", &[]),
    visit("chioma.adeyemi", "fatima.khan", Quarter(4), Booked, "Swollen ankle after a fall", &[]),
    // Clinique du Parc.
    visit("claire.dubois", "camille.laurent", Day(-7, at(9, 20)), Finished, "Renewal of contraception", &[]),
    visit(
        "claire.dubois",
        "hugo.moreau",
        Day(-4, at(14, 10)),
        Finished,
        "Persistent cough",
        &[says(-200, Patient, "Bonjour docteur, la toux est surtout la nuit."), reads(-10, Doctor), says(16, Doctor, "Une radiographie d'abord. L'ordonnance est dans vos documents."), shares(17, Doctor, Paper::Prescription)],
    ),
    visit("claire.dubois", "jeanne.petit", Day(-1, at(11, 0)), Cancelled(Patient, "I feel better"), "Dizziness in the morning", &[]),
    visit("claire.dubois", "camille.laurent", Day(1, at(10, 0)), Booked, "Travel vaccinations", &[]),
    visit("claire.dubois", "mehdi.amrani", Day(2, at(15, 30)), Booked, "Back pain at work", &[]),
    visit("karim.benali", "mehdi.amrani", Day(-5, at(9, 0)), Finished, "Fever and ear ache of my son Adam, four years", &[]),
    visit("karim.benali", "camille.laurent", Day(3, at(13, 40)), Booked, "Check-up of my daughter Zoé, two years", &[]),
    visit(
        "elodie.martin",
        "jeanne.petit",
        Day(-6, at(11, 0)),
        Finished,
        "Thyroid: dose of levothyroxine",
        &[shares(-800, Patient, Paper::BloodTest), reads(-60, Doctor), says(20, Doctor, "Le dosage est bon, on ne change rien. Contrôle dans six mois."), reads(300, Patient)],
    ),
    visit("elodie.martin", "ines.girard", Day(-2, at(14, 30)), NoShow, "First visit: irregular cycles", &[]),
    visit("elodie.martin", "hugo.moreau", Day(4, at(9, 30)), Booked, "Diabetes, quarterly check", &[]),
];
