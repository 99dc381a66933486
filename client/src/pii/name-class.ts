/** Names of fields that hold personal data or secrets: the one list, of the SDK's scrubber and of the collector. English names only. */

import { eachEnding, joined, tailOf } from "./name-endings.ts";

/** What a value says: who somebody is or where, or what harms when it gets out; credentials are sensitive. */
export type ValueClass = "personal" | "sensitive";

/** A rule for names: the class of what a field of this name holds; undefined where the name says nothing. */
export type NameRule<Verdict = ValueClass> = (name: string) => Verdict | undefined;

// Words of a name run together. A field ends in one of them: `billing_email`, `userPhone`, but not `email_opt_in` or `phone_model`.
const PERSONAL =
  "email emails mail emailaddress mailaddress emailhash hashedemail phone phones phonenumber phonee phonehash mobile mobilenumber tel " +
  "telephone fax msisdn firstname lastname fullname givenname familyname middlename maidenname surname nickname username login " +
  "customername buyername recipientname contactname cardholder cardholdername birthday birthdate dateofbirth dob licenseplate ip ipv ipaddress ipaddr " +
  "remoteaddr useragent address street streetaddress addressline latitude longitude geolocation";
const SENSITIVE =
  "password passwd pwd passphrase passcode secret token authorization auth bearer jwt cookie cookies csrf xsrf otp apikey privatekey " +
  "accesskey secretkey signingkey encryptionkey credential credentials passwordhash passwordconfirmation passwordconfirm " +
  "passwordrepeat passwordagain ssn ssnlast socialsecuritynumber nationalid nationalinsurancenumber taxid bsn cpf aadhaar passport " +
  "passportno passportnumber driverslicense iban accountnumber bankaccount creditcard cardnumber cvv cvc cvn " +
  "securitycode";
/** Names that end in one of these, and are none of them. */
const NEITHER = "lastlogin pagetoken continuationtoken designtoken";
/** What a last word in lower case alone may end in, where whoever named the field did not part its words: `userpassword`. */
const RUN_TOGETHER = /(?:passw(?:or)?d|token|apikey|(?:phone|card|account)number|(?:email|ip)address|(?:first|last|sur)name)$/;

/** Names that are remembered: the same come with each event. Those that do not, as ids for keys, must not fill the memory. */
const KNOWN = 1_000;

/** The class of a field by its name. */
export const nameClass: NameRule = createNameRule<ValueClass>(
  [
    ["personal", PERSONAL.split(" ")],
    ["sensitive", SENSITIVE.split(" ")],
  ],
  NEITHER.split(" "),
  (word) =>
    RUN_TOGETHER.test(word) ? (/(?:phone|email|ip|first|last|sur)\w+$/.test(word) ? "personal" : "sensitive") : undefined,
);

/**
 * Makes a rule. A name has the verdict of the longest of these names that its words end in; a name among `neither` has none. `byWord` judges the
 * last word where no name of the lists fits.
 */
export function createNameRule<Verdict>(
  lists: readonly (readonly [Verdict, readonly string[]])[],
  neither: readonly string[] = [],
  byWord: NameRule<Verdict> = () => undefined,
): NameRule<Verdict> {
  const verdicts = new Map<string, Verdict | undefined>();
  for (const [verdict, names] of lists) for (const name of names) verdicts.set(joined(name), verdict);
  for (const name of neither) verdicts.set(joined(name), undefined);
  const names = [...verdicts.keys()];
  const longest = Math.max(0, ...names.map(({ length }) => length));
  const tails = new Set(names.map(tailOf));
  const known = new Map<string, Verdict | undefined>();

  function judge(name: string): Verdict | undefined {
    // Most names do not even end in the letters of one.
    if (!tails.has(tailOf(name))) return undefined;
    let found: Verdict | undefined;
    let isListed = false;
    let last = "";
    eachEnding(
      name,
      (ending) => {
        last ||= ending;
        if (!verdicts.has(ending)) return;
        isListed = true;
        found = verdicts.get(ending);
      },
      longest,
    );
    return isListed ? found : byWord(last);
  }

  return function ruleOf(name) {
    const verdict = known.get(name);
    if (verdict !== undefined || known.has(name)) return verdict;
    const judged = judge(name);
    if (known.size < KNOWN && name.length < 64) known.set(name, judged);
    return judged;
  };
}
