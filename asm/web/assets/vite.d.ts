/** Vite copies the file as it is and gives its address. */
declare module "*?url" {
  const address: string;
  export default address;
}
