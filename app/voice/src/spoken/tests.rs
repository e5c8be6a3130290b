//! What is written and what is said: a table, and that no number is ever lost.

use proptest::prelude::*;

use super::*;

const TABLE: &[(&str, &str)] = &[
    // Torques.
    ("Tighten to 12 N·m (9 lb-ft).", "Tighten to twelve newton meters, nine pound feet."),
    ("1 N·m", "one newton meter"),
    ("12 N•m", "twelve newton meters"),
    ("12 N.m", "twelve newton meters"),
    ("12 Nm", "twelve newton meters"),
    ("12\u{a0}N·m", "twelve newton meters"),
    ("18 ft-lb", "eighteen foot pounds"),
    ("1 lb-ft", "one pound foot"),
    ("35 in.-lb", "thirty-five inch pounds"),
    ("35 in-lb", "thirty-five inch pounds"),
    ("40 lbf-ft", "forty pound feet"),
    ("20–25 N·m", "twenty to twenty-five newton meters"),
    ("20-25 lb-ft", "twenty to twenty-five pound feet"),
    ("20 - 25 psi", "twenty to twenty-five P S I"),
    ("15 ± 2 N·m", "fifteen plus or minus two newton meters"),
    // Lengths and fractions.
    ("1/2 in.", "one half inch."),
    ("1/2 in. wrench", "one half inch wrench"),
    ("3/8 inch drive", "three eighths inch drive"),
    ("3/8-inch drive", "three eighths inch drive"),
    ("1 1/2 in.", "one and one half inches."),
    ("1-1/2 in.", "one and one half inches."),
    ("2½ in.", "two and one half inches."),
    ("½ in.", "one half inch"),
    ("7/16 in. socket", "seven sixteenths inch socket"),
    ("5/64 in.", "five sixty-fourths inch."),
    ("0.002 in.", "two thousandths of an inch."),
    ("0.001 in.", "one thousandth of an inch."),
    ("0.015 in.", "fifteen thousandths of an inch."),
    ("0.010–0.014 in.", "ten to fourteen thousandths of an inch."),
    ("0.125 in.", "zero point one two five inches."),
    ("1.250 in.", "one point two five zero inches."),
    (".5 in.", "zero point five inches."),
    ("0.0025 in.", "zero point zero zero two five inches."),
    ("25 mm (1 in) below", "twenty-five millimeters, one inch, below"),
    ("Put 2 bolts in the tray.", "Put two bolts in the tray."),
    ("the gap is 2 in.", "the gap is two inches."),
    ("Leave 2 in. Then stop.", "Leave two inches. Then stop."),
    ("a 12 mm wrench", "a twelve millimeter wrench"),
    ("17 mm line wrench", "seventeen millimeter line wrench"),
    ("a 12-mm wrench", "a twelve millimeter wrench"),
    ("a 12mm wrench", "a twelve millimeter wrench"),
    ("6 to 24 mm, sockets", "six to twenty-four millimeters, sockets"),
    ("10 x 20 mm", "ten by twenty millimeters"),
    ("10 x 20 x 5 mm", "ten by twenty by five millimeters"),
    ("M8 x 1.25", "M eight by one point two five"),
    ("M12 bolt", "M twelve bolt"),
    // Electricity, pressure, heat, speed.
    ("24 V DC", "twenty-four volts D C"),
    ("24 VDC supply", "twenty-four volt D C supply"),
    ("24 V battery", "twenty-four volt battery"),
    ("120 V AC, 60 Hz", "one hundred twenty volts A C, sixty hertz"),
    ("5 kW", "five kilowatts"),
    ("5 A", "five amps"),
    ("a 5 A fuse", "a five amp fuse"),
    ("10 kΩ", "ten kilohms"),
    (
        "170 to 410 kPa (25 to 60 psi)",
        "one hundred seventy to four hundred ten kilopascals, twenty-five to sixty P S I",
    ),
    ("96 °C (205 °F).", "ninety-six degrees Celsius, two hundred five degrees Fahrenheit."),
    ("71 to 96 °C", "seventy-one to ninety-six degrees Celsius"),
    ("-18 °C (0 °F)", "minus eighteen degrees Celsius, zero degrees Fahrenheit"),
    ("−40 °C", "minus forty degrees Celsius"),
    ("Turn 90°.", "Turn ninety degrees."),
    ("1° of play", "one degree of play"),
    ("1,800 rpm", "one thousand eight hundred R P M"),
    ("1800 r/min", "one thousand eight hundred R P M"),
    ("3,000,000", "three million"),
    ("85 dBA", "eighty-five decibels A"),
    ("50%", "fifty percent"),
    ("50 % full", "fifty percent full"),
    ("5 gal", "five gallons"),
    ("5 L (1.3 gal)", "five liters, one point three gallons"),
    ("1 L", "one liter"),
    ("10 min.", "ten minutes."),
    ("30 s", "thirty seconds"),
    ("250 h", "two hundred fifty hours"),
    ("5 lb", "five pounds"),
    ("ratio 4:1", "ratio four to one"),
    // Names and numbers of things.
    ("Mk 1", "mark one"),
    ("FGS-5 Mk 2", "F G S five mark two"),
    ("No. 2 cylinder", "number two cylinder"),
    ("No. It leaks.", "No. It leaks."),
    ("TM 9-2815-237-34", "T M nine dash twenty-eight fifteen dash two thirty-seven dash thirty-four"),
    ("TM 9-2320-280-20-2", "T M nine dash twenty-three twenty dash two eighty dash twenty dash two"),
    ("See TM 9-2815-237-34.", "See T M nine dash twenty-eight fifteen dash two thirty-seven dash thirty-four."),
    ("MIL-STD-40051", "mil standard four zero zero five one"),
    ("MIL-PRF-2104", "mil P R F two one zero four"),
    ("NSN 2910-01-234-5678", "N S N two nine one zero, zero one, two three four, five six seven eight"),
    ("P/N 12345-AB7", "part number one two three four five, A B seven"),
    ("part number FF-2203", "part number F F, two two zero three"),
    ("para 4-8", "paragraph four dash eight"),
    ("fig. 3", "figure three"),
    ("Fig. 12-4", "figure twelve dash four"),
    ("WP 0012", "work package zero zero one two"),
    ("JP-8", "J P eight"),
    ("SAE 15W-40", "S A E fifteen W forty"),
    ("DA Form 5988-E", "D A Form five nine eight eight E"),
    ("K1 and K12", "K one and K twelve"),
    ("step 3.2", "step three point two"),
    ("step 3.2.1", "step three point two point one"),
    ("29 CFR 1910.147", "twenty-nine C F R one thousand nine hundred ten point one four seven"),
    // Words.
    ("WARNING", "warning"),
    ("DO NOT smoke.", "do not smoke."),
    ("Set the switch to OFF.", "Set the switch to off."),
    ("Perform PMCS.", "Perform P M C S."),
    ("the LEDs", "the L E Ds"),
    ("HMMWV", "humvee"),
    ("Use PPE (gloves).", "Use P P E, gloves."),
    ("LH and RH", "left hand and right hand"),
    ("cleaner & lubricant", "cleaner and lubricant"),
    ("nuts and/or bolts", "nuts and or bolts"),
    ("open-end wrench", "open-end wrench"),
    ("O-ring", "O-ring"),
    ("Remove the filter — slowly.", "Remove the filter, slowly."),
    ("don’t", "don't"),
    ("≥ 5 mm", "at least five millimeters"),
    ("w/o", "without"),
    ("Is there water in the bowl?", "Is there water in the bowl?"),
    ("", ""),
];

#[test]
fn the_table_is_said_as_a_mechanic_would() {
    let wrong: Vec<String> = TABLE
        .iter()
        .filter(|(written, expected)| spoken(written) != *expected)
        .map(|(written, expected)| format!("{written:?}\n  said     {:?}\n  expected {expected:?}", spoken(written)))
        .collect();
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), TABLE.len(), wrong.join("\n"));
}

/// Every way in which a run of digits may be said.
fn sayings(run: &str) -> Vec<String> {
    let value: u64 = run.parse().unwrap_or(0);
    let mut all = vec![count(run), digits(run), pairs(run), cardinal(value)];
    if let Some(denominator) = fraction(1, value) {
        all.push(denominator.trim_start_matches("one ").to_owned());
    }
    all
}

proptest! {
    #[test]
    fn every_number_is_said_in_its_order(line in "([a-zA-Z]{1,6}|[ .,:;/()·°%-]|[0-9]{1,6}| N·m| in\\.| mm | V DC|TM |No\\. |Mk ){1,14}") {
        let said = spoken(&line);
        prop_assert!(!said.contains(|c: char| c.is_ascii_digit()), "{line:?} -> {said:?}");
        let mut rest = said.as_str();
        let mut before = ' ';
        for run in line.split_inclusive(|c: char| !c.is_ascii_digit()) {
            let number: String = run.chars().filter(char::is_ascii_digit).collect();
            // The thousands, and the zero of "0.002 in.", have no words of their own.
            if !number.is_empty() && number.parse() != Ok(0_u64) && before != ',' {
                let found = sayings(&number).into_iter().filter_map(|say| rest.find(&say).map(|at| at + say.len())).min();
                prop_assert!(found.is_some(), "{number} of {line:?} is not in {said:?}");
                rest = &rest[found.unwrap()..];
            }
            before = run.chars().next_back().unwrap_or(' ');
        }
    }

    #[test]
    fn a_quantity_is_the_same_wherever_it_stands(n in 0_u64..9_999, m in 1_u64..999, unit in 0_usize..4) {
        let (written, many) = [("N·m", "newton meters"), ("psi", "P S I"), ("mm", "millimeters"), ("V DC", "volts D C")][unit];
        let n = n + 2;
        let line = format!("Turn it to {n} {written}, then to {m}–{n} {written} again.");
        let expected = format!("Turn it to {} {many}, then to {} to {} {many} again.", cardinal(n), cardinal(m), cardinal(n));
        prop_assert_eq!(spoken(&line), expected);
    }

    #[test]
    fn anything_can_be_said(line in "\\PC{0,60}") {
        spoken(&line);
    }

    #[test]
    fn words_without_numbers_stay(line in "[a-z]{1,8}( [a-z]{1,8}){0,8}\\.") {
        // Short words have another table.
        prop_assume!(!line.split(['.', ' ']).any(|word| WORDS.iter().any(|(short, _)| short.trim_end_matches('.') == word)));
        prop_assert_eq!(spoken(&line), line);
    }
}

#[test]
fn numbers_are_counted_right() {
    for (number, words) in [
        (0, "zero"),
        (21, "twenty-one"),
        (100, "one hundred"),
        (205, "two hundred five"),
        (1_910, "one thousand nine hundred ten"),
        (40_051, "forty thousand fifty-one"),
        (2_000_001, "two million one"),
    ] {
        assert_eq!(cardinal(number), words);
    }
}
