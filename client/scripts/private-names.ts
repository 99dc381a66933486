/**
 * Names of properties that pass between the SDK's own modules, and nowhere else: the build writes them in one or two letters. It is a list of
 * those, and no rule, so that a name that is missing here costs some bytes and breaks nothing. None may be one of the wire, of the public
 * types, of what is stored, or of the browser; `test/client/package/private-names.process.test.ts` looks.
 */
const PRIVATE_NAMES = `
  adopted adopting again bounds carry claimedUntil counts cuts denials engine failures forget forgetDevice free giveUp
  guard hasArea hasOthers hide isBlocked isFirm isIn isMuted isRendered isSeen isUsed kept leave letGo lookAt lookIn
  looks mayRecord mayTake mayUse missed most notBefore note onAdopt onBlocked onDrop onEmpty onRendered onSeen onVerdict
  owner placements post posted postpone postsAll purge record removed report schedule sendNow session soon spill sync
  tab take tell transact unsaved watch
`;

/** What esbuild takes as `mangleProps`. */
export const MANGLED: RegExp = new RegExp(`^(${PRIVATE_NAMES.trim().replaceAll(/\s+/g, "|")})$`);
