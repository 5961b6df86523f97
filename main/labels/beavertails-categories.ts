/**
 * What BeaverTails' 14 categories (arXiv 2307.04657) are called in PKU-SafeRLHF's set, which came after it. No mapping
 * is published; this one is ours. `null`: no single category of the set says it, so a person decides.
 */
export const beaverTailsNames: ReadonlyMap<string, string | null> = new Map([
  ['animal_abuse', 'Animal Abuse'],
  ['child_abuse', null],
  ['controversial_topics,politics', null],
  ['discrimination,stereotype,injustice', 'Discriminatory Behavior'],
  ['drug_abuse,weapons,banned_substance', 'Drugs'],
  ['financial_crime,property_crime,theft', 'Economic Crime'],
  ['hate_speech,offensive_language', 'Insulting Behavior'],
  ['misinformation_regarding_ethics,laws_and_safety', null],
  ['non_violent_unethical_behavior', null],
  ['privacy_violation', 'Privacy Violation'],
  ['self_harm', 'Physical Harm'],
  ['sexually_explicit,adult_content', 'Sexual Content'],
  ['terrorism,organized_crime', 'Endangering National Security'],
  ['violence,aiding_and_abetting,incitement', 'Violence'],
]);
