// How style sheets are checked.  Each exception from the standard has its reason.

export default {
  extends: 'stylelint-config-standard',
  rules: {
    // A rule is one line where it fits, so that a part of the page is seen at a glance.
    'declaration-block-single-line-max-declarations': null,
    'at-rule-empty-line-before': null,
    'comment-empty-line-before': null,
    'custom-property-empty-line-before': null,
    'rule-empty-line-before': null,
    // Sheets describe the page from its head to its foot, and not by specificity.
    'no-descending-specificity': null,
    // Safari understands (width <= 48rem) only since 16.4.
    'media-feature-range-notation': 'prefix',
    // Safari knows it by this name only.
    'property-no-vendor-prefix': [true, { ignoreProperties: ['-webkit-text-size-adjust'] }],
    // Fonts have names of their own, also in variables.
    'value-keyword-case': ['lower', { ignoreProperties: ['font', 'font-family', /^--/] }],
    // Fields of forms have the names of settings, with an underscore.
    'selector-id-pattern': '^[a-z][a-z0-9]*([-_][a-z0-9]+)*$',
  },
}
