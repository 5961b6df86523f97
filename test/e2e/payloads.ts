/** One way in which a text of a dataset could do more than be read. */
export interface Payload {
  readonly name: string;
  readonly text: string;
}

/**
 * The payloads that the screens are shown: markup and script in the ways of OWASP's XSS Filter Evasion Cheat Sheet, the
 * direction overrides of "Trojan Source" (CVE-2021-42574) and other characters nobody sees, and texts that push a
 * layout apart. A script that ran would call `attack`, which nobody defines.
 */
export const payloads: readonly Payload[] = [
  { name: 'script element', text: '<script>attack()</script>' },
  { name: 'script element in odd case', text: '<ScRiPt >attack()</ScRiPt >' },
  { name: 'image with an error handler', text: '<img src=x onerror=attack()>' },
  { name: 'image without spaces', text: '<img/src=x/onerror=attack()>' },
  { name: 'svg that loads', text: '<svg/onload=attack()>' },
  { name: 'focus without a click', text: '<input autofocus onfocus=attack()>' },
  { name: 'details that open', text: '<details open ontoggle=attack()>x</details>' },
  { name: 'frame with script', text: '<iframe src="javascript:attack()"></iframe>' },
  { name: 'frame with a document', text: '<iframe srcdoc="<script>parent.attack()</script>"></iframe>' },
  { name: 'link with script', text: '<a href="java&#x09;script:attack()">here</a>' },
  { name: 'object and embed', text: '<object data="javascript:attack()"></object><embed src="javascript:attack()">' },
  {
    name: 'base and refresh',
    text: '<base href="//evil.invalid/"><meta http-equiv=refresh content="0;url=javascript:attack()">',
  },
  { name: 'style', text: '<style>*{display:none}</style><link rel=stylesheet href="//evil.invalid/x.css">' },
  { name: 'form that takes over', text: '<form action="//evil.invalid"><button formaction="javascript:attack()">x' },
  { name: 'way out of an attribute', text: `"' autofocus onfocus=attack() x="` },
  { name: 'way out of a script', text: '</script><script>attack()</script>' },
  { name: 'mutation', text: '<math><mtext><table><mglyph><style><img src=x onerror=attack()></style>' },
  { name: 'comment', text: '<!--><img src=x onerror=attack()>-->' },
  { name: 'templates', text: '{@html attack()} {{attack()}} ${attack()} <%= attack() %>' },
  { name: 'way out of the page', text: '</div></main></body></html><h1>gone</h1>' },
  { name: 'Trojan Source', text: 'safe \u202Eelbisivni\u202C \u2066isolated\u2069 \u200Eleft\u200F right' },
  { name: 'characters of no width', text: 'un\u200Bsa\u200Cfe\u2060 \uFEFF \u00AD \u{E0041}\u{E0042}' },
  { name: 'control characters', text: 'a\u0007b\u001B[31mred\u0008\u007F' },
  { name: 'a word without an end', text: 'W'.repeat(3000) },
];

/** How characters that nobody sees stand on the screen. */
export const standIns: { readonly [name: string]: readonly string[] } = {
  'Trojan Source': ['U+202E', 'U+202C', 'U+2066', 'U+2069', 'U+200E', 'U+200F'],
  'characters of no width': ['U+200B', 'U+200C', 'U+2060', 'U+FEFF', 'U+00AD', 'U+E0041'],
  'control characters': ['U+0007', 'U+001B', 'U+0008', 'U+007F'],
};
