export function rewriteScript(text: string, file: string): { text: string; assets: string[] };
export function rewriteDeclaration(text: string): string;
export function rewriteManifest(
  manifest: { readonly name: string } & { readonly [field: string]: unknown },
  folder: string,
): { readonly [field: string]: unknown };
