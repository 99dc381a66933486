/** True for a whole IPv6 address without a zone: eight groups, or fewer with one `::`. */
export function isIpv6(text: string): boolean {
  const [head = "", tail, ...more] = text.split("::");
  const groups = `${head}:${tail ?? ""}`.split(":").filter(Boolean);
  if (more.length > 0 || !groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return false;
  return tail === undefined ? groups.length === 8 && head.split(":").length === 8 : groups.length < 8;
}
