/** The reduction ratio that Hu et al. 2018 (*Squeeze-and-Excitation Networks*, section 6.1) chose, and most have used since. */
export const customaryRatio = 16;
