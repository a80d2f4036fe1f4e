// The checks of style sheets.  A comment gives the reason for each exception from the standard.

export default {
  extends: 'stylelint-config-standard',
  rules: {
    // Short rules are on one line, so that more of them are visible at a time.
    'declaration-block-single-line-max-declarations': null,
    'at-rule-empty-line-before': null,
    'comment-empty-line-before': null,
    'custom-property-empty-line-before': null,
    'rule-empty-line-before': null,
    // Style sheets are ordered like the page, from top to bottom, and not by specificity.
    'no-descending-specificity': null,
    // Safari supports (width <= 48rem) only since version 16.4.
    'media-feature-range-notation': 'prefix',
    // Safari supports this property only with its prefix.
    'property-no-vendor-prefix': [true, { ignoreProperties: ['-webkit-text-size-adjust'] }],
    // Names of fonts are capitalized, in variables as well.
    'value-keyword-case': ['lower', { ignoreProperties: ['font', 'font-family', /^--/] }],
    // The ids of form fields are names of settings, which contain underscores.
    'selector-id-pattern': '^[a-z][a-z0-9]*([-_][a-z0-9]+)*$',
  },
}
