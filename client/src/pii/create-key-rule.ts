import { keyWords } from "./key-words.ts";

/** Names of fields that hold personal data or secrets, as their words run together. A field ends in one of them: `billing_email`, `userPhone`. */
const DENIED = [
  "password passwd pwd passphrase passcode secret token authorization auth bearer jwt cookie cookies csrf xsrf otp",
  "apikey privatekey accesskey secretkey credential credentials accesstoken authtoken refreshtoken idtoken passwordhash userpassword",
  "email emails mail emailaddress mailaddress useremail phone phones phonenumber mobile mobilenumber tel telephone fax msisdn",
  "firstname lastname fullname givenname familyname middlename maidenname surname username login birthday birthdate dateofbirth dob",
  "ssn socialsecuritynumber nationalid taxid passport passportnumber driverslicense licenseplate",
  "iban accountnumber bankaccount creditcard cardnumber cvv cvc",
  "ip ipaddress ipaddr remoteaddr useragent address street streetaddress addressline latitude longitude geolocation",
].flatMap((line) => line.split(" "));

/** What is one more in the query of a URL, where names are short and values are keys to something. */
export const DENIED_IN_URLS = "sid sessionid phpsessid jsessionid key sig signature code".split(" ");

/** Words of which a denied name has at most so many. */
const MOST_WORDS = 4;

const joined = (name: string): string => keyWords(name).join("");

/** What becomes of a field, by its name. */
export type KeyRule = (name: string) => "redact" | "keep" | "look";

/** Makes the rule: a field of an allowed name is kept as it is, one of a denied name is redacted whole, any other is looked into. */
export function createKeyRule(keys: readonly string[], allow: readonly string[]): KeyRule {
  const denied = new Set([...DENIED, ...keys.map(joined)]);
  const allowed = new Set(allow.map(joined));
  const known = new Map<string, ReturnType<KeyRule>>();

  function judge(name: string): ReturnType<KeyRule> {
    const words = keyWords(name);
    if (allowed.has(words.join(""))) return "keep";
    const last = words.slice(-MOST_WORDS);
    return last.some((_, from) => denied.has(last.slice(from).join(""))) ? "redact" : "look";
  }

  return function ruleOf(name) {
    const rule = known.get(name) ?? judge(name);
    // The same names come with each event. Those that do not, as ids for keys, must not fill the memory.
    if (known.size < 1_000) known.set(name, rule);
    return rule;
  };
}
