/** Names of fields whose values are personal whatever they are; credentials count as sensitive. */

const PERSONAL = [
  "email",
  "e_mail",
  "mail_address",
  "phone",
  "telephone",
  "mobile_number",
  "phone_number",
  "email_address",
  "first_name",
  "last_name",
  "full_name",
  "surname",
  "date_of_birth",
  "birth_date",
  "birthdate",
  "dob",
  "ip",
  "ip_address",
  "user_agent",
  "street_address",
  "home_address",
  "postal_address",
];

const SENSITIVE = [
  "password",
  "passwd",
  "access_token",
  "refresh_token",
  "auth_token",
  "api_key",
  "authorization",
  "cookie",
  "ssn",
  "social_security_number",
  "passport_number",
  "credit_card",
  "credit_card_number",
  "card_number",
  "cvv",
  "cvc",
  "iban",
];

/** Names as they are met: `first_name`, `firstName`, `first-name`. */
function spellings(name: string): string[] {
  return [name, name.replaceAll("_", "-"), name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())];
}

const CLASSES: ReadonlyMap<string, "personal" | "sensitive"> = new Map([
  ...PERSONAL.flatMap(spellings).map((name) => [name, "personal"] as const),
  ...SENSITIVE.flatMap(spellings).map((name) => [name, "sensitive"] as const),
]);

/** The class of a free field by its name; undefined where the name says nothing. */
export function nameClass(name: string): "personal" | "sensitive" | undefined {
  return CLASSES.get(name);
}
