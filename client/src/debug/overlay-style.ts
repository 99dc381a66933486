/**
 * The overlay's style. States differ by line as well as by colour, for those who do not see all colours; white on each colour has a contrast
 * of 5.5 to 1 and more. What is `!important` in `:host` a page's own style cannot take back.
 */
export const OVERLAY_STYLE = `
:host {
  all: initial !important;
  position: fixed !important;
  inset: 0 !important;
  z-index: 2147483647 !important;
  pointer-events: none !important;
}
* { box-sizing: border-box; }
[data-state=requested] { --colour: #595959; --line: 2px dotted; }
[data-state=rendered] { --colour: #005a9c; --line: 2px dashed; }
[data-state=seen] { --colour: #00694a; --line: 3px solid; }
[data-state=acted] { --colour: #ad3e00; --line: 5px double; }
.box { position: absolute; left: 0; top: 0; border: var(--line) var(--colour); }
.box[hidden] { display: none; }
.box span {
  position: absolute; left: 0; top: 0; max-width: max(100%, 6em); padding: 0 4px; overflow: hidden;
  background: var(--colour); color: #fff; font: 11px/16px system-ui, sans-serif; white-space: nowrap; text-overflow: ellipsis;
}
aside {
  position: absolute; right: 8px; bottom: 8px; overflow: hidden;
  pointer-events: auto; border: 1px solid #8b8f98; border-radius: 6px; background: #16181d; color: #fff; font: 12px/18px system-ui, sans-serif;
}
details[open] { width: min(30rem, calc(100vw - 16px)); }
summary { padding: 6px 36px 6px 10px; cursor: pointer; font-weight: 600; }
summary span { font-weight: 400; color: #c9ccd3; }
button {
  position: absolute; right: 4px; top: 3px; width: 24px; height: 24px; border: 0; border-radius: 4px;
  background: none; color: inherit; font: 16px/24px system-ui, sans-serif; cursor: pointer;
}
button:hover { background: #3a3e47; }
:focus-visible { outline: 2px solid #7cc4ff; outline-offset: -2px; }
ul, ol { margin: 0; padding: 4px 10px; list-style: none; }
ol { max-height: min(18rem, 45vh); overflow: auto; }
ul { display: flex; flex-wrap: wrap; gap: 4px 18px; background: #fff; color: #16181d; }
ul li { display: flex; align-items: center; gap: 6px; }
ul i { width: 26px; height: 16px; border: var(--line) var(--colour); }
ol li { display: grid; grid-template-columns: 7.5em 7.5em 1fr 5.5em; gap: 8px; }
ol li > * { overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
time, code { font: 11px/18px ui-monospace, monospace; color: #c9ccd3; }
b { font-weight: 600; }
p { margin: 0; padding: 6px 10px; color: #c9ccd3; }
@media print { :host { display: none !important; } }
`;
