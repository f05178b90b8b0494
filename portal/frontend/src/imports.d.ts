/** What build.mjs makes of imports that are no modules. */

declare module '*?worker' {
  const url: string;
  export default url;
}

declare module 'basemap?url' {
  const url: string;
  export default url;
}

declare module 'verify?url' {
  const url: string;
  export default url;
}

declare module '*.txt' {
  const text: string;
  export default text;
}

declare module '*.html' {
  const text: string;
  export default text;
}

declare module '*.tsv' {
  const text: string;
  export default text;
}
